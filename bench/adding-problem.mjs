// The adding problem of Hochreiter & Schmidhuber (1997): each step brings a number from 0 to 1 and a marker;
// the target is the sum of the two marked numbers. Guessing the mean gives an MSE of 1/6. Solved: below 0.01.
// `--length N` sets the length of the sequences (default 100), `--epochs N` the budget.
import { parseArgs } from 'node:util';
import { adam, dense, gru, input, lstm, sequential, simpleRNN, tensor } from 'recurra';
import { printTable, writeJson } from './harness.mjs';

const { values } = parseArgs({
  options: { length: { type: 'string', default: '100' }, epochs: { type: 'string', default: '40' } },
});
const T = Number(values.length);
const EPOCHS = Number(values.epochs);
const UNITS = 64;
const SAMPLES = 5000;
const SOLVED = 0.01;

/** Seeded uniform numbers (mulberry32). */
function uniform(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One marker in each half of the sequence. */
function problem(samples, seed) {
  const next = uniform(seed);
  const x = new Float32Array(samples * T * 2);
  const y = new Float32Array(samples);
  for (let s = 0; s < samples; s++) {
    for (let t = 0; t < T; t++) x[(s * T + t) * 2] = next();
    const half = Math.floor(T / 2);
    for (const t of [Math.floor(next() * half), half + Math.floor(next() * (T - half))]) {
      x[(s * T + t) * 2 + 1] = 1;
      y[s] += x[(s * T + t) * 2];
    }
  }
  return [tensor(x, [samples, T, 2]), tensor(y, [samples, 1])];
}

const [x, y] = problem(SAMPLES, 1);
const [testX, testY] = problem(1000, 2);

const rows = [];
for (const [cell, layer] of Object.entries({ lstm, gru, simpleRNN })) {
  const model = sequential([input({ shape: [T, 2] }), layer({ units: UNITS }), dense({ units: 1 })], {
    seed: 3,
  });
  const optimizer = adam({ learningRate: 2e-3, globalClipNorm: 1 });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const start = performance.now();
  let solvedAt = null;
  const stopWhenSolved = {
    onEpochEnd(epoch, logs, { model: trained }) {
      if (logs.valLoss < SOLVED) {
        solvedAt = epoch + 1;
        trained.stopTraining = true;
      }
    },
  };
  await model.fit(x, y, {
    epochs: EPOCHS,
    batchSize: 32,
    validationData: [testX, testY],
    callbacks: [stopWhenSolved],
  });
  const { loss } = model.evaluate(testX, testY);
  rows.push({ cell, mse: loss, solvedAt, seconds: (performance.now() - start) / 1e3 });
}
console.log(`\nadding problem, T=${T}, ${UNITS} units, ${SAMPLES} samples, default initializers\n`);
printTable(
  rows.map((r) => ({
    cell: r.cell,
    'test MSE': r.mse.toFixed(5),
    solved: r.solvedAt === null ? 'no' : `epoch ${r.solvedAt}`,
    seconds: r.seconds.toFixed(1),
  })),
);
writeJson('adding-problem', rows);
const gated = rows.filter((r) => r.cell !== 'simpleRNN');
if (!gated.every((r) => r.mse < SOLVED)) process.exitCode = 1;
