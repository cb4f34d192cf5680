// A batch of padded sequences beside the same sequences cut to the longest of them: what lengths cost. Programs
// are made on the first batch with a longest sequence of its own; what that takes is shown beside a step.
import { adam, dense, input, lstm, sequential, tensor } from 'recurra';
import { interleave, median, printTable, writeJson } from './harness.mjs';

const [T, B, I, H] = [100, 32, 32, 128];
const LONGEST = [25, 50, 100];

const wave = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.011));
const x = wave(B * T * I);
const y = tensor(
  Float32Array.from({ length: B }, (_, i) => i % 2),
  [B, 1],
);

/** Sequences of 1 to `longest` steps, the longest among them. */
const lengthsUpTo = (longest) => Array.from({ length: B }, (_, b) => 1 + ((b * 37 + longest - 1) % longest));

function cut(steps) {
  const data = new Float32Array(B * steps * I);
  for (let b = 0; b < B; b++) data.set(x.subarray(b * T * I, (b * T + steps) * I), b * steps * I);
  return tensor(data, [B, steps, I]);
}

function network() {
  const model = sequential(
    [input({ shape: [null, I] }), lstm({ units: H }), dense({ units: 1, activation: 'sigmoid' })],
    { seed: 1 },
  );
  model.compile({ optimizer: adam({ learningRate: 1e-4 }), loss: 'binaryCrossentropy' });
  return model;
}

const padded = tensor(x, [B, T, I]);
const rows = [];
for (const longest of LONGEST) {
  const [masked, bare] = [network(), network()];
  const lengths = lengthsUpTo(longest);
  const short = cut(longest);
  const timed = await interleave(
    [
      { name: 'train', run: () => masked.trainOnBatch(padded, y, { lengths }) },
      { name: 'train', run: () => bare.trainOnBatch(short, y) },
      { name: 'predict', run: () => masked.predict(padded, { lengths }) },
      { name: 'predict', run: () => bare.predict(short) },
    ],
    { rounds: 9, sampleMs: 60, warmMs: 150 },
  );
  for (const i of [0, 2]) {
    rows.push({
      what: timed[i].name,
      longest,
      padded: timed[i].ms,
      bare: timed[i + 1].ms,
      ratio: median(timed[i].samples.map((ms, r) => ms / timed[i + 1].samples[r])),
    });
  }
}

const fresh = network();
const first = [];
for (let longest = 40; longest < 60; longest++) {
  const lengths = lengthsUpTo(longest);
  const run = () => {
    const start = performance.now();
    fresh.trainOnBatch(padded, y, { lengths });
    return performance.now() - start;
  };
  first.push(run() - Math.min(run(), run()));
}

console.log(`LSTM(${H}), Dense 1, Adam; B=${B}, I=${I}, sequences padded to T=${T}\n`);
printTable(
  rows.map(({ what, longest, padded: a, bare: b, ratio }) => ({
    what,
    longest,
    'padded ms': a.toFixed(2),
    'bare ms': b.toFixed(2),
    'padded / bare': ratio.toFixed(3),
  })),
);
console.log(`\nfirst step with a longest sequence of its own: ${median(first).toFixed(2)} ms more`);
writeJson('masks', { rows, firstStepMs: median(first) });
