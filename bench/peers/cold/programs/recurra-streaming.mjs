import { load, lstm } from '../../../../dist/streaming/index.js';
import { answer, file, frame } from '../io.mjs';

answer(
  load(file('model.recurra'), { layers: [lstm] })
    .stream()
    .step(frame()),
);
