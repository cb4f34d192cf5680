import '../shared/page.css';
import { showMotion } from '../shared/motion-page.mjs';
import modelUrl from './model.recurra?url';

showMotion(modelUrl);
