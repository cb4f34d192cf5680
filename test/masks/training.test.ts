import { describe, expect, it } from 'vitest';
import {
  activityRegularization,
  add,
  batchNormalization,
  dense,
  dropout,
  embedding,
  gru,
  indRnn,
  input,
  type Layer,
  load,
  lstm,
  type Model,
  masking,
  mgu,
  minGru,
  minLstm,
  model,
  sequential,
  simpleRNN,
  sparseCategoricalCrossentropy,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { samplesOf } from '../harness/bits.js';
import { expectClose } from '../harness/golden.js';
import { kernelGradients } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

const T = 9;
const I = 3;

const CELLS = { simpleRNN, lstm, gru, mgu, indRnn, minGru, minLstm } as const;
type Cell = (options: never) => Layer;

/** What surrounds a cell in training. */
const FORMS: Readonly<Record<string, object>> = {
  truncated: { truncate: 2 },
  'with dropout': { dropout: 0.3 },
  'read backwards': { goBackwards: true },
  stateful: { stateful: true },
};

function trained(
  cell: Cell,
  options: object,
  masked: boolean,
  length: number,
  pad: 'front' | 'end' | 'none',
) {
  const steps = pad === 'none' ? length : T;
  const layers = [
    ...(masked ? [masking()] : []),
    cell({ units: 5, returnSequences: true, ...options } as never),
    cell({ units: 4, ...options, returnSequences: false } as never),
    dense({ units: 2 }),
  ];
  const net = sequential([input({ shape: [null, I] }), ...layers], { seed: 4 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const logs: object[] = [];
  for (let step = 0; step < 3; step++) {
    const data = new Float32Array(steps * I);
    data.set(testData(step, length * I), pad === 'front' ? (T - length) * I : 0);
    logs.push(net.trainOnBatch(tensor(data, [1, steps, I]), tensor(testData(9, 2), [1, 2])));
  }
  return [net.fingerprint(), logs];
}

describe.each(Object.keys(CELLS))('%s: a padded sequence trains with the bits of the bare one', (name) => {
  const cell = CELLS[name as keyof typeof CELLS] as Cell;
  it.each(Object.keys(FORMS))('%s', (form) => {
    for (const length of [1, 4, 6]) {
      // Random masks are keyed by the place of a layer, so that the bare model has a masking layer then as well.
      const bare = trained(cell, FORMS[form], form === 'with dropout', length, 'none');
      expect(trained(cell, FORMS[form], true, length, 'end')).toEqual(bare);
      // A stateful layer gives 0 in front of the first step that counts, where the bare one has no output.
      if (form !== 'stateful') expect(trained(cell, FORMS[form], true, length, 'front')).toEqual(bare);
    }
  });
});

/** Gradients of padded sequences from those of the bare ones, over the largest. Measured: 1.2e-7. */
const CHUNKS = 3e-7;

describe('gradients summed chunk by chunk', () => {
  it.each([{ recompute: true }, { truncate: 3 }, { recompute: true, truncate: 2 }])('%o', (options) => {
    const gradients = (steps: number, lengths?: number[]): Record<string, Float32Array> => {
      const layer = lstm({ units: 5, ...options, returnSequences: true });
      const net = sequential([input({ shape: [null, I] }), layer, dense({ units: 2 })], { seed: 4 });
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      const x = tensor(testData(8, T * I).slice(0, steps * I), [1, steps, I]);
      const y = tensor(testData(9, 2 * T).slice(0, 2 * steps), [1, steps, 2]);
      return kernelGradients(net as unknown as Model, x, y, lengths).gradients;
    };
    for (const length of [4, 6, 9]) {
      const [bare, padded] = [gradients(length), gradients(T, [length])];
      for (const name of Object.keys(bare)) expectClose(name, padded[name], bare[name], CHUNKS);
    }
  });
});

describe('layers whose training sees all steps at once', () => {
  it('batchNormalization and activityRegularization leave out steps that do not count', () => {
    const train = (length: number, front: number, steps: number): unknown[] => {
      const around = [masking(), batchNormalization(), activityRegularization({ l2: 0.1, l1: 0.2 })];
      const head = [dense({ units: 4 }), batchNormalization(), gru({ units: 3 }), dense({ units: 2 })];
      const net = sequential([input({ shape: [null, I] }), ...around, ...head], { seed: 4 });
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      const logs: unknown[] = [];
      for (let step = 0; step < 3; step++) {
        const data = new Float32Array(steps * I);
        data.set(testData(step, length * I), front * I);
        logs.push(net.trainOnBatch(tensor(data, [1, steps, I]), tensor(testData(9, 2), [1, 2])));
      }
      return [net.fingerprint(), logs];
    };
    for (const length of [3, 5]) {
      const bare = train(length, 0, length);
      expect(train(length, 0, T)).toEqual(bare);
      expect(train(length, 2, T)).toEqual(bare);
    }
  });
});

const N = 7;
const LENGTHS = [3, 9, 1, 5, 0, 2, 9];

function tagger(): Model<Tensor> {
  const layers = [
    input({ shape: [null] }),
    embedding({ inputDim: 8, outputDim: 4 }),
    lstm({ units: 5, returnSequences: true }),
    dropout({ rate: 0.2 }),
    dense({ units: 3, activation: 'softmax' }),
  ] as const;
  const net = sequential([...layers], { seed: 6 });
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return net;
}

const ids = tensor(
  Float32Array.from(testData(2, N * T), (v) => Math.floor(4 * (v + 0.9))),
  [N, T],
);
const tags = tensor(
  Float32Array.from(testData(3, N * T), (v) => Math.floor(1.5 * (v + 0.9))),
  [N, T],
);

describe('fit with lengths', () => {
  it('shuffles them with their samples, and goes on after saving as if it had not stopped', async () => {
    const options = { lengths: LENGTHS, batchSize: 3, verbose: 0 } as const;
    const whole = tagger();
    await whole.fit(ids, tags, { ...options, epochs: 2 });
    const half = tagger();
    await half.fit(ids, tags, options);
    const again = load(half.save());
    await again.fit(ids, tags, { ...options, epochs: 2, initialEpoch: 1 });
    expect(again.fingerprint()).toBe(whole.fingerprint());
    const other = tagger();
    await other.fit(ids, tags, { ...options, lengths: [...LENGTHS].reverse(), epochs: 2 });
    expect(other.fingerprint()).not.toBe(whole.fingerprint());
  });

  it('does not see what lies past the ends: neither ids nor targets', async () => {
    const [a, b] = [tagger(), tagger()];
    const [otherIds, otherTags] = [ids, tags].map(({ data, shape }) => {
      const changed = data.slice();
      for (const [s, length] of LENGTHS.entries()) changed.fill(2, s * T + length, (s + 1) * T);
      return tensor(changed, shape);
    });
    const options = { lengths: LENGTHS, batchSize: 3, verbose: 0 } as const;
    const first = await a.fit(ids, tags, { ...options, validationData: [ids, tags, null, LENGTHS] });
    const second = await b.fit(otherIds, otherTags, {
      ...options,
      validationData: [otherIds, otherTags, null, LENGTHS],
    });
    expect(second.history).toEqual(first.history);
    expect(b.fingerprint()).toBe(a.fingerprint());
  });

  it('weighs steps that count alike: the loss of a batch is the mean over all of them', () => {
    const net = tagger();
    const { loss, accuracy } = net.evaluate(ids, tags, { lengths: LENGTHS, batchSize: N });
    let [sum, right, count] = [0, 0, 0];
    LENGTHS.forEach((length, s) => {
      if (length === 0) return;
      const own = (all: Tensor): Tensor => tensor(samplesOf(all.data, N, s).slice(0, length), [1, length]);
      const alone = net.evaluate(own(ids), own(tags));
      sum += alone.loss * length;
      right += alone.accuracy * length;
      count += length;
    });
    expect(loss).toBeCloseTo(sum / count, 6);
    expect(accuracy).toBeCloseTo(right / count, 6);
  });

  it('multiplies the mask into weights of samples and steps, and leaves out ignored classes', () => {
    const net = tagger();
    const weights = Float32Array.from(testData(5, N * T), (v) => v + 1);
    const { loss } = net.evaluate(ids, tags, {
      lengths: LENGTHS,
      batchSize: N,
      sampleWeight: tensor(weights, [N, T]),
    });
    const p = net.predict(ids, { lengths: LENGTHS, batchSize: N }).data;
    const row = (r: number): number => -Math.log(p[3 * r + tags.data[r]]);
    const rows = LENGTHS.flatMap((length, s) => Array.from({ length }, (_, t) => s * T + t));
    const expected = rows.reduce((sum, r) => sum + weights[r] * row(r), 0) / rows.length;
    expect(loss).toBeCloseTo(expected, 5);
    net.compile({ optimizer: 'adam', loss: sparseCategoricalCrossentropy({ ignoreClass: 1 }) });
    const ignoring = net.evaluate(ids, tags, { lengths: LENGTHS, batchSize: N });
    const kept = rows.filter((r) => tags.data[r] !== 1);
    expect(ignoring.loss).toBeCloseTo(kept.reduce((sum, r) => sum + row(r), 0) / kept.length, 5);
  });

  it('takes an empty batch for what it is: no loss, no change', () => {
    const net = tagger();
    const before = net.fingerprint();
    const result = net.trainOnBatch(ids, tags, { lengths: new Array(N).fill(0) });
    expect(result.loss).toBe(0);
    expect(net.fingerprint()).toBe(before);
  });
});

describe('several inputs with lengths', () => {
  it('are cut together where they merge, and apart where they do not', () => {
    const [a, b] = ['a', 'b'].map((name) => input({ shape: [null, I], name }));
    const sum = add().apply([a, b].map((v) => gru({ units: 4, returnSequences: true }).apply(v)));
    const net = model({ inputs: [a, b], outputs: lstm({ units: 3 }).apply(sum) }) as Model<Tensor>;
    const data = [4, 5].map((seed) => tensor(testData(seed, N * T * I), [N, T, I]));
    const lengths = { a: [3, 9, 1, 5, 4, 2, 9], b: [5, 2, 1, 5, 1, 9, 9] };
    const all = net.predict(data, { lengths, batchSize: N }).data;
    for (const batchSize of [1, 2, 3]) {
      expect(net.predict(data, { lengths, batchSize }).data).toEqual(all);
    }
    // Only one of them has lengths: nothing can be cut, and nothing is masked behind the sum.
    const half = net.predict(data, { lengths: { a: lengths.a }, batchSize: N }).data;
    for (const batchSize of [1, 2]) {
      expect(net.predict(data, { lengths: { a: lengths.a }, batchSize }).data).toEqual(half);
    }
  });
});
