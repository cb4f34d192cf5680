// A batch of padded sequences beside the same sequences cut to the longest of them: what lengths, masking and
// embedding with maskZero cost. Programs are made on the first batch with a longest sequence of its own; what that
// takes is shown beside a step.
import { adam, dense, embedding, input, lstm, masking, sequential, tensor } from 'recurra';
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

/** The first steps of data [B, T, features]. */
function cut(data, features, steps) {
  const short = new Float32Array(B * steps * features);
  for (let b = 0; b < B; b++) {
    short.set(data.subarray(b * T * features, (b * T + steps) * features), b * steps * features);
  }
  return tensor(short, features === 1 ? [B, steps] : [B, steps, features]);
}

/** The data with zeros behind the end of each sequence. */
function padded(data, features, lengths) {
  const zeros = data.slice();
  lengths.forEach((length, b) => {
    zeros.fill(0, (b * T + length) * features, (b + 1) * T * features);
  });
  return zeros;
}

function network(first = []) {
  const shape = first.length > 0 && first[0].definition.type === 'embedding' ? [null] : [null, I];
  const model = sequential(
    [input({ shape }), ...first, lstm({ units: H }), dense({ units: 1, activation: 'sigmoid' })],
    { seed: 1 },
  );
  model.compile({ optimizer: adam({ learningRate: 1e-4 }), loss: 'binaryCrossentropy' });
  return model;
}

const VOCABULARY = 1000;
const ids = Float32Array.from({ length: B * T }, (_, i) => 1 + ((i * 7919) % (VOCABULARY - 1)));
const vectors = (maskZero) => embedding({ inputDim: VOCABULARY, outputDim: I, maskZero });

/** Ways to say where a sequence ends: data, features, models with and without, and what is passed along. */
const WAYS = [
  { way: 'lengths', data: x, features: I, masked: () => network(), bare: () => network(), passed: true },
  { way: 'masking', data: x, features: I, masked: () => network([masking()]), bare: () => network() },
  {
    way: 'maskZero',
    data: ids,
    features: 1,
    masked: () => network([vectors(true)]),
    bare: () => network([vectors(false)]),
  },
];

const rows = [];
for (const { way, data, features, masked: withMask, bare: without, passed } of WAYS) {
  for (const longest of LONGEST) {
    const [masked, bare] = [withMask(), without()];
    const lengths = lengthsUpTo(longest);
    const options = passed ? { lengths } : {};
    const long = tensor(padded(data, features, lengths), features === 1 ? [B, T] : [B, T, features]);
    const short = cut(data, features, longest);
    const timed = await interleave(
      [
        { name: 'train', run: () => masked.trainOnBatch(long, y, options) },
        { name: 'train', run: () => bare.trainOnBatch(short, y) },
        { name: 'predict', run: () => masked.predict(long, options) },
        { name: 'predict', run: () => bare.predict(short) },
      ],
      { rounds: 7, sampleMs: 50, warmMs: 100 },
    );
    for (const i of [0, 2]) {
      rows.push({
        way,
        what: timed[i].name,
        longest,
        padded: timed[i].ms,
        bare: timed[i + 1].ms,
        ratio: median(timed[i].samples.map((ms, r) => ms / timed[i + 1].samples[r])),
      });
    }
  }
}

const whole = tensor(x, [B, T, I]);
const fresh = network();
const first = [];
for (let longest = 40; longest < 60; longest++) {
  const lengths = lengthsUpTo(longest);
  const run = () => {
    const start = performance.now();
    fresh.trainOnBatch(whole, y, { lengths });
    return performance.now() - start;
  };
  first.push(run() - Math.min(run(), run()));
}

console.log(`LSTM(${H}), Dense 1, Adam; B=${B}, I=${I}, sequences padded to T=${T}\n`);
printTable(
  rows.map(({ way, what, longest, padded: a, bare: b, ratio }) => ({
    way,
    what,
    longest,
    'padded ms': a.toFixed(2),
    'bare ms': b.toFixed(2),
    'padded / bare': ratio.toFixed(3),
  })),
);
console.log(`\nfirst step with a longest sequence of its own: ${median(first).toFixed(2)} ms more`);
writeJson('masks', { rows, firstStepMs: median(first) });
