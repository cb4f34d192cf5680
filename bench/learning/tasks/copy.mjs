import { dense, input, slice, tensor } from 'recurra';
import { below } from '../../../examples/shared/random.mjs';

const BLANKS = 100;
const KINDS = 8;
const SYMBOLS = 3;
const T = BLANKS + 2 * SYMBOLS;
/** One more column says "now". */
const COLUMNS = KINDS + 1;
const BATCH = 16;

/** Symbols, then blanks, then "now" as often as there were symbols, which are to be said there in their order. */
function draw(count, next) {
  const x = new Float32Array(count * T * COLUMNS);
  const y = new Float32Array(count * SYMBOLS);
  for (let s = 0; s < count; s++) {
    for (let i = 0; i < SYMBOLS; i++) {
      const symbol = below(next, KINDS);
      x[(s * T + i) * COLUMNS + symbol] = 1;
      x[(s * T + T - SYMBOLS + i) * COLUMNS + KINDS] = 1;
      y[s * SYMBOLS + i] = symbol;
    }
  }
  return [tensor(x, [count, T, COLUMNS]), tensor(y, [count, SYMBOLS, 1])];
}

/** The copy memory problem of Hochreiter & Schmidhuber 1997 in the form of Bai et al. 2018, with fewer symbols. */
export const copy = {
  name: 'copy memory',
  size: `T=${BLANKS}, ${SYMBOLS} symbols of ${KINDS}`,
  unit: '%',
  digits: 1,
  measure: 'symbols said rightly',
  guess: 1 / KINDS,
  steps: T,
  parameters: 6000,
  reach: 'long',
  batch: BATCH,
  updates: 3000,
  learningRate: 0.01,
  before: () => [input({ shape: [T, COLUMNS] })],
  after: () => [slice({ axis: 1, start: T - SYMBOLS }), dense({ units: KINDS, activation: 'softmax' })],
  metrics: ['accuracy'],
  loss: 'sparseCategoricalCrossentropy',
  batches: (next) => () => draw(BATCH, next),
  score: (model, next) => model.evaluate(...draw(1000, next)).accuracy,
};
