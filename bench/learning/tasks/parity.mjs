import { dense, input, tensor } from 'recurra';

const T = 50;
const BATCH = 32;

/** Bits, and at every step whether an odd number of them was 1 so far. */
function draw(count, next) {
  const x = new Float32Array(count * T);
  const y = new Float32Array(count * T);
  for (let s = 0; s < count; s++) {
    let odd = 0;
    for (let t = 0; t < T; t++) {
      const bit = next() < 0.5 ? 0 : 1;
      odd ^= bit;
      x[s * T + t] = bit;
      y[s * T + t] = odd;
    }
  }
  return [tensor(x, [count, T, 1]), tensor(y, [count, T, 1])];
}

/** Sequential parity: needs a state that turns over, which no average over time gives. */
export const parity = {
  name: 'sequential parity',
  size: `T=${T}`,
  unit: '%',
  digits: 1,
  measure: 'right at the last step',
  guess: 0.5,
  steps: T,
  parameters: 3000,
  reach: 'long',
  batch: BATCH,
  updates: 1200,
  learningRate: 0.01,
  before: () => [input({ shape: [T, 1] })],
  after: () => [dense({ units: 1, activation: 'sigmoid' })],
  loss: 'binaryCrossentropy',
  batches: (next) => () => draw(BATCH, next),
  score(model, next) {
    const count = 1000;
    const [x, y] = draw(count, next);
    const { data } = model.predict(x);
    let right = 0;
    for (let last = T - 1; last < count * T; last += T) {
      if (data[last] > 0.5 === y.data[last] > 0.5) right++;
    }
    return right / count;
  },
};
