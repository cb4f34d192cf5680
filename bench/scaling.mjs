// How time grows with T, B and H: powers of two, fitted exponents, and cliffs between neighbouring sizes.
import { dense, input, lstm, sequential, tensor } from 'recurra';
import { interleave, printTable, writeJson } from './harness.mjs';

/** Least-squares slope of log(y) against log(x). */
function exponent(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (i) => logs.reduce((sum, p) => sum + p[i], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const top = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return top / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

function predictCase(name, T, B, H) {
  const model = sequential([input({ shape: [T, H] }), lstm({ units: H })], { seed: 1 });
  const x = tensor(new Float32Array(B * T * H).fill(0.1), [B, T, H]);
  return { name, size: { T, B, H }, run: () => model.predict(x, { batchSize: B }) };
}

function trainCase(name, T, B, H) {
  const layers = [input({ shape: [T, H] }), lstm({ units: H }), dense({ units: 1 })];
  const model = sequential(layers, { seed: 1 });
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const x = tensor(new Float32Array(B * T * H).fill(0.1), [B, T, H]);
  const y = tensor(new Float32Array(B), [B, 1]);
  return { name, size: { T, B, H }, run: () => model.trainOnBatch(x, y) };
}

const series = [
  {
    along: 'T',
    work: 'predict',
    sizes: [16, 32, 64, 128, 256, 512, 1024],
    make: (n) => predictCase('', n, 8, 64),
  },
  { along: 'B', work: 'predict', sizes: [8, 16, 32, 64, 128, 256], make: (n) => predictCase('', 32, n, 64) },
  { along: 'H', work: 'predict', sizes: [16, 32, 64, 128, 256, 512], make: (n) => predictCase('', 16, 8, n) },
  { along: 'T', work: 'train', sizes: [16, 32, 64, 128, 256, 512], make: (n) => trainCase('', n, 8, 64) },
  { along: 'B', work: 'train', sizes: [8, 16, 32, 64, 128], make: (n) => trainCase('', 32, n, 64) },
  { along: 'H', work: 'train', sizes: [16, 32, 64, 128, 256], make: (n) => trainCase('', 16, 8, n) },
];
const results = [];
for (const { along, work, sizes, make } of series) {
  const timed = await interleave(sizes.map(make), { rounds: 7, sampleMs: 20, warmMs: 100 });
  const points = timed.map((t, i) => [sizes[i], t.best]);
  results.push({ along, work, sizes, ms: points.map((p) => p[1]), exponent: exponent(points) });
}
console.log('time ~ size^exponent; expected at most 1 along T and B, 2 along H\n');
printTable(
  results.map((r) => ({
    work: r.work,
    along: r.along,
    sizes: r.sizes.join(' '),
    ms: r.ms.map((ms) => ms.toPrecision(3)).join(' '),
    exponent: r.exponent.toFixed(2),
  })),
);

// Cliffs: time per multiply-add of odd sizes between the powers of two, beside the mean of its neighbours.
const units = [
  1, 2, 3, 5, 7, 8, 9, 15, 17, 31, 33, 63, 65, 100, 127, 129, 200, 255, 257, 300, 511, 513, 1000, 1024,
];
const steps = units.map((H) => {
  const stream = sequential([input({ shape: [null, H] }), lstm({ units: H })], { seed: 1 }).stream();
  const frame = new Float32Array(H).fill(0.1);
  return { name: `H=${H}`, H, run: () => stream.step(frame) };
});
const timed = await interleave(steps, { rounds: 9, sampleMs: 6, warmMs: 30 });
const perRow = timed.map((t) => ({
  H: t.H,
  us: t.best * 1e3,
  ns: (t.best * 1e6) / (8 * t.H * t.H + 40 * t.H),
}));
console.log('\nLSTM step at every kind of size: no jump between neighbours\n');
printTable(perRow.map((r) => ({ H: r.H, 'us a step': r.us.toFixed(2), 'ns per weight': r.ns.toFixed(4) })));
writeJson('scaling', { results, perRow });
