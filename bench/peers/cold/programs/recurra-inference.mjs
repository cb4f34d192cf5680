import { load, lstm } from '../../../../dist/inference/index.js';
import { answer, file, frame } from '../io.mjs';

answer(
  load(file('model.recurra'), { layers: [lstm] })
    .stream()
    .step(frame()),
);
