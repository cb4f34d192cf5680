import { dense, flatten, input, slice, tensor } from 'recurra';
import { below } from '../../../examples/shared/random.mjs';

const T = 200;
const BATCH = 32;

/** Each step brings a number from 0 to 1 and a marker; one step in each half is marked. Target: their sum. */
function draw(count, next) {
  const x = new Float32Array(count * T * 2);
  const y = new Float32Array(count);
  for (let s = 0; s < count; s++) {
    const at = (t) => (s * T + t) * 2;
    for (let t = 0; t < T; t++) x[at(t)] = next();
    for (const t of [below(next, T / 2), T / 2 + below(next, T / 2)]) {
      x[at(t) + 1] = 1;
      y[s] += x[at(t)];
    }
  }
  return [tensor(x, [count, T, 2]), tensor(y, [count, 1])];
}

/** The adding problem of Hochreiter & Schmidhuber 1997. Answering 1 always gives a mean squared error of 1/6. */
export const adding = {
  name: 'adding problem',
  size: `T=${T}`,
  unit: 'MSE',
  digits: 5,
  measure: 'mean squared error',
  mark: 0.01,
  guess: 1 / 6,
  steps: T,
  parameters: 4500,
  reach: 'long',
  batch: BATCH,
  updates: 1500,
  learningRate: 0.01,
  before: () => [input({ shape: [T, 2] })],
  after: () => [slice({ axis: 1, start: T - 1 }), flatten(), dense({ units: 1 })],
  loss: 'meanSquaredError',
  batches: (next) => () => draw(BATCH, next),
  score(model, next) {
    const [x, y] = draw(1000, next);
    return model.evaluate(x, y).loss;
  },
};
