// What threads give: the same work on one thread and on several, interleaved, outputs compared first.
// `node bench/threads.mjs [threads] [--relaxed]`; two threads by default.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { interleave, printTable, writeJson } from './harness.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const threads = Number(process.argv.find((arg) => /^\d+$/.test(arg)) ?? 2);
const numerics = process.argv.includes('--relaxed') ? 'relaxed' : 'portable';

/** As a folder of modules: the builds for threads are chunks of their own. */
async function importLibrary() {
  const outdir = `${root}build/bench-threads`;
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: [`${root}src/index.ts`],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    outdir,
    outExtension: { '.js': '.mjs' },
  });
  return import(`${outdir}/index.mjs`);
}

const R = await importLibrary();
const { missing } = await R.prepare({ numerics, threads });
for (const line of missing) console.log(line);

const wave = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) * 0.9);
const data = (...shape) => R.tensor(wave(shape.reduce((a, b) => a * b, 1)), shape);

function trained(layers, x, y, compile) {
  return (count) => {
    const model = R.sequential(layers(), { seed: 42, numerics, threads: count });
    model.compile({ optimizer: R.adam({ learningRate: 1e-3 }), ...compile });
    return { model, run: () => model.trainOnBatch(x, y) };
  };
}

function predicted(layers, x) {
  return (count) => {
    const model = R.sequential(layers(), { seed: 42, numerics, threads: count });
    return { model, run: () => model.predict(x) };
  };
}

function streamed(layers, I) {
  const frame = wave(I);
  return (count) => {
    const model = R.sequential(layers(), { seed: 42, numerics, threads: count });
    const stream = model.stream();
    return { model, run: () => ({ data: stream.step(frame) }) };
  };
}

const recurrent = (layer, T, I, H) => () => [R.input({ shape: [T, I] }), layer({ units: H })];

/** Name, what makes a model with so many threads and the work on it. */
const CASES = [
  [
    'train LSTM(128), Dense 64, Dropout, Dense 1, Adam, B=32 T=100 I=32',
    trained(
      () => [
        R.input({ shape: [100, 32] }),
        R.lstm({ units: 128 }),
        R.dense({ units: 64, activation: 'relu' }),
        R.dropout({ rate: 0.5 }),
        R.dense({ units: 1, activation: 'sigmoid' }),
      ],
      data(32, 100, 32),
      R.tensor(
        wave(32).map((v) => (v > 0 ? 1 : 0)),
        [32, 1],
      ),
      { loss: 'binaryCrossentropy' },
    ),
  ],
  ['predict LSTM T=100 B=32 I=H=256', predicted(recurrent(R.lstm, 100, 256, 256), data(32, 100, 256))],
  ['predict LSTM T=100 B=32 I=H=128', predicted(recurrent(R.lstm, 100, 128, 128), data(32, 100, 128))],
  ['predict GRU T=100 B=32 I=H=256', predicted(recurrent(R.gru, 100, 256, 256), data(32, 100, 256))],
  ['predict GRU T=100 B=1 I=H=384', predicted(recurrent(R.gru, 100, 384, 384), data(1, 100, 384))],
  ['predict LSTM T=100 B=3 I=H=512', predicted(recurrent(R.lstm, 100, 512, 512), data(3, 100, 512))],
  ['predict LSTM T=100 B=2 I=H=512', predicted(recurrent(R.lstm, 100, 512, 512), data(2, 100, 512))],
  ['predict LSTM T=100 B=1 I=H=256', predicted(recurrent(R.lstm, 100, 256, 256), data(1, 100, 256))],
  ['predict LSTM T=100 B=1 I=H=512', predicted(recurrent(R.lstm, 100, 512, 512), data(1, 100, 512))],
  ['predict LSTM T=100 B=1 I=H=128', predicted(recurrent(R.lstm, 100, 128, 128), data(1, 100, 128))],
  ['predict LSTM T=100 B=1 I=H=64', predicted(recurrent(R.lstm, 100, 64, 64), data(1, 100, 64))],
  ...[256, 512].map((H) => [
    `train LSTM T=100 B=1 I=H=${H}, SGD`,
    trained(recurrent(R.lstm, 100, H, H), data(1, 100, H), data(1, H), {
      loss: 'meanSquaredError',
      optimizer: R.sgd(),
    }),
  ]),
  ...[128, 256, 512].map((H) => [`stream LSTM I=H=${H}`, streamed(recurrent(R.lstm, null, H, H), H)]),
  ['stream GRU I=H=512', streamed(recurrent(R.gru, null, 512, 512), 512)],
  [
    'train Dense 256-256-10, Adam, B=64',
    trained(
      () => [
        R.input({ shape: [256] }),
        R.dense({ units: 256, activation: 'relu' }),
        R.dense({ units: 256, activation: 'relu' }),
        R.dense({ units: 10, activation: 'softmax' }),
      ],
      data(64, 256),
      R.tensor(
        wave(64).map((_, i) => i % 10),
        [64],
      ),
      { loss: 'sparseCategoricalCrossentropy' },
    ),
  ],
];

const only = process.argv.find((arg) => arg.startsWith('--only='))?.slice(7);
const rows = [];
for (const [name, make] of CASES.filter(([title]) => only === undefined || title.includes(only))) {
  const counts = [1, threads];
  const cases = counts.map((count) => ({ count, ...make(count) }));
  for (const { model } of cases) {
    while (model.arena.threads !== null && !model.arena.threads.ready) {
      await new Promise((done) => setTimeout(done, 1));
    }
  }
  for (let i = 0; i < 3; i++) for (const { run } of cases) run();
  const digests = cases.map(({ model, run }) => {
    const result = run();
    return JSON.stringify([
      model.fingerprint(),
      result.data?.length > 0 ? [...result.data.slice(0, 64)] : result,
    ]);
  });
  if (new Set(digests).size > 1) throw new Error(`${name}: threads change the bits`);
  const [one, several] = await interleave(cases, { rounds: 21, sampleMs: 20, warmMs: 100 });
  for (const { model } of cases) model.close();
  rows.push({
    work: name,
    '1 thread': one.ms.toFixed(2),
    [`${threads} threads`]: several.ms.toFixed(2),
    ratio: (one.ms / several.ms).toFixed(2),
    'best 1': one.best.toFixed(2),
    [`best ${threads}`]: several.best.toFixed(2),
    'ratio of bests': (one.best / several.best).toFixed(2),
  });
}
const { stdout } = spawnSync('uptime', { encoding: 'utf8' });
if (stdout) console.log(stdout.trim());
printTable(rows);
writeJson(`threads-${numerics}-${threads}`, rows);
