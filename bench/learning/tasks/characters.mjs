import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { dense, embedding, input, tensor } from 'recurra';
import { below } from '../../../examples/shared/random.mjs';

const T = 64;
const BATCH = 16;

/** Ids of the characters of a text: nine tenths to learn from, a tenth held out. */
function read(file) {
  const text = readFileSync(file, 'utf8');
  const alphabet = [...new Set(text)].sort();
  const ids = Float32Array.from(text, (character) => alphabet.indexOf(character));
  const cut = Math.floor(0.9 * ids.length);
  return { count: alphabet.length, train: ids.subarray(0, cut), held: ids.subarray(cut) };
}

/** Windows of T characters that begin at `starts`, and the character after each. */
function windows(ids, starts) {
  const x = new Float32Array(starts.length * T);
  const y = new Float32Array(starts.length * T);
  starts.forEach((start, s) => {
    x.set(ids.subarray(start, start + T), s * T);
    y.set(ids.subarray(start + 1, start + T + 1), s * T);
  });
  return [tensor(x, [starts.length, T]), tensor(y, [starts.length, T, 1])];
}

/** The next character of the text in a file. Each update sees T characters from BATCH places drawn at random. */
export function characters(file) {
  const { count, train, held } = existsSync(file) ? read(file) : {};
  return {
    name: 'next character',
    size: basename(file),
    missing: count === undefined ? `${file} is not there` : undefined,
    measure: 'bits per character',
    unit: 'bits',
    digits: 3,
    guess: Math.log2(count),
    steps: T,
    reach: 'near',
    parameters: 40_000,
    batch: BATCH,
    updates: 2000,
    learningRate: 0.01,
    before: () => [input({ shape: [T] }), embedding({ inputDim: count, outputDim: 32 })],
    after: () => [dense({ units: count, activation: 'softmax' })],
    loss: 'sparseCategoricalCrossentropy',
    batches: (next) => () =>
      windows(
        train,
        Array.from({ length: BATCH }, () => below(next, train.length - T)),
      ),
    score(model) {
      const starts = Array.from({ length: Math.floor((held.length - 1) / T) }, (_, i) => i * T);
      return model.evaluate(...windows(held, starts)).loss / Math.LN2;
    },
  };
}
