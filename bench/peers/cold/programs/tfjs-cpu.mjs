import tf from '@tensorflow/tfjs';
import { run } from '../tfjs.mjs';

await run(tf, 'cpu');
