/** Gzipped kilobytes (1000 bytes) of each program through any of four bundlers, wasm included. README.md quotes them. */
export const BUDGET_KB = { streaming: 33, inference: 45, training: 71, everything: 95 };

/** The same LSTM, loaded and streamed. */
const stream = (entry, bytes) => `
import { dense, load, lstm } from '${entry}';
const bytes = Uint8Array.from(${JSON.stringify([...bytes])});
const stream = load(bytes, { layers: [lstm, dense] }).stream();
const out = [1, 2, 3, 4].flatMap((t) => [...stream.step([Math.sin(t), 0.5, t / 4])]);
globalThis.result = 'ENTRY_MARK ' + out.join();
`;

/** A program that trains: the same from both entries, but for what comes along. */
const train = (entry) => `
import { adam, dense, input, lstm, meanSquaredError, sequential } from '${entry}';
const model = sequential([input({ shape: [5, 3] }), lstm({ units: 8 }), dense({ units: 1 })], { seed: 7 });
model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: meanSquaredError() });
const x = { data: Float32Array.from({ length: 60 }, (_, i) => (i % 7) / 7), shape: [4, 5, 3] };
const y = { data: Float32Array.from([0.1, 0.4, 0.2, 0.9]), shape: [4, 1] };
model.fit(x, y, { epochs: 3, batchSize: 2, verbose: 0 }).then(() => {
  globalThis.result = 'ENTRY_MARK ' + model.fingerprint();
});
`;

/**
 * The programs whose size is kept. Each leaves what it computes in `globalThis.result`.
 * @param library what `recurra` exports
 */
export function programs({ dense, input, lstm, sequential }) {
  const layers = [input({ shape: [null, 3] }), lstm({ units: 8 }), dense({ units: 2 })];
  const bytes = sequential(layers, { seed: 5 }).save();
  return {
    streaming: stream('recurra/streaming', bytes),
    inference: stream('recurra/inference', bytes),
    training: train('recurra/training'),
    everything: train('recurra'),
  };
}
