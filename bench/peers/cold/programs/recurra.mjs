import { load } from '../../../../dist/index.js';
import { answer, file, frame } from '../io.mjs';

answer(load(file('model.recurra')).stream().step(frame()));
