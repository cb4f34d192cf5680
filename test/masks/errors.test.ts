import { describe, expect, it } from 'vitest';
import {
  concatenate,
  conv1d,
  DataError,
  dense,
  embedding,
  flatten,
  groupNormalization,
  gru,
  input,
  type Layer,
  load,
  lstm,
  MaskError,
  type Model,
  masking,
  model,
  permute,
  ShapeError,
  sequential,
  type Tensor,
  tensor,
  timeDistributed,
  UnknownNameError,
  ValueError,
  zeroPadding1d,
} from '../../src/index.js';
import { testData } from '../harness/random.js';

const [N, T, I] = [3, 5, 2];
const x = tensor(testData(1, N * T * I), [N, T, I]);
const y = tensor(testData(2, N), [N, 1]);

function network(): Model<Tensor> {
  const net = sequential([input({ shape: [null, I] }), lstm({ units: 3 }), dense({ units: 1 })], { seed: 1 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  return net;
}

describe('lengths that cannot be', () => {
  const net = network();
  const before = net.save();
  const cases: [string, unknown, new (message: string) => Error, RegExp][] = [
    ['too long', [5, 6, 1], DataError, /lengths: that of sample 1 is 6, expected a whole number from 0 to 5/],
    ['negative', [-1, 2, 1], DataError, /sample 0 is -1/],
    ['not whole', [5, 2, 1.5], DataError, /sample 2 is 1.5/],
    ['no numbers', [5, Number.NaN, 1], DataError, /sample 1 is NaN/],
    ['too few', [5, 2], ShapeError, /lengths has 2 numbers, expected one for each of 3 samples/],
    ['no list', 5, ValueError, /lengths must be a list with a number for each sample, got 5/],
    ['of another input', { words: [5, 2, 1] }, UnknownNameError, /unknown input 'words'/],
  ];

  it.each(cases)('%s: an error that says so, in every call', async (_what, lengths, kind, message) => {
    const given = { lengths: lengths as number[] };
    const calls = [
      () => net.predict(x, given),
      () => net.evaluate(x, y, given),
      () => net.trainOnBatch(x, y, given),
    ];
    for (const call of calls) {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
    }
    await expect(net.fit(x, y, { ...given, verbose: 0 })).rejects.toThrow(message);
    const validationData = [x, y, null, given.lengths] as const;
    await expect(net.fit(x, y, { validationData, verbose: 0 })).rejects.toThrow(/validationData/);
    expect(net.save()).toEqual(before);
  });

  it('for an input that is no sequence, and one list for several inputs', () => {
    const flat = sequential([input({ shape: [I] }), dense({ units: 1 })]);
    const vectors = tensor(testData(1, N * I), [N, I]);
    expect(() => flat.predict(vectors, { lengths: [1, 1, 1] })).toThrow(/the input has no time axis/);
    const [a, b] = ['a', 'b'].map((name) => input({ shape: [null, I], name }));
    const both = model({
      inputs: [a, b],
      outputs: concatenate().apply([a, b].map((v) => lstm({ units: 2 }).apply(v))),
    });
    expect(() => both.predict([x, x], { lengths: [1, 2, 3] })).toThrow(/lists by name of input.*a, b/);
    expect(() => both.predict([x, x], { lengths: { a: [1, 2, 9] } })).toThrow(
      /lengths of 'a': that of sample 2/,
    );
    expect(both.predict([x, x], { lengths: { a: [1, 2, 3] } }).shape).toEqual([N, 4]);
  });
});

describe('a layer that cannot take a mask', () => {
  const stops: Readonly<Record<string, () => Layer>> = {
    flatten: () => flatten(),
    groupNormalization: () => groupNormalization({ groups: 1 }),
    conv1d: () => conv1d({ filters: 2, kernelSize: 2 }),
    permute: () => permute({ dims: [2, 1] }),
    zeroPadding1d: () => zeroPadding1d(),
  };

  it.each(Object.keys(stops))('%s is named when the model is built, and when lengths are given', (name) => {
    const message = new RegExp(`^${name}: cannot take a mask: `);
    const build = (): unknown => sequential([input({ shape: [T, I] }), masking(), stops[name]()]);
    expect(build).toThrow(MaskError);
    expect(build).toThrow(message);
    const net = sequential([input({ shape: [T, I] }), stops[name]()]) as Model<Tensor>;
    const before = net.predict(x).data;
    expect(() => net.predict(x, { lengths: [1, 2, 3] })).toThrow(message);
    expect(net.predict(x).data).toEqual(before);
  });

  it('options: values that are no numbers, ids of several axes, a mask for one step', () => {
    expect(() => masking({ maskValue: 'none' as never })).toThrow(ValueError);
    expect(() => masking({ value: 0 } as never)).toThrow(/did you mean|Known: maskValue/);
    expect(() => sequential([input({ shape: [I] }), masking()])).toThrow(
      /expected \[batch, time, features\]/,
    );
    expect(() => timeDistributed({ layer: masking() })).toThrow(/makes a mask/);
    const ids = embedding({ inputDim: 4, outputDim: 2, maskZero: true });
    expect(() => sequential([input({ shape: [2, 3] }), ids])).toThrow(/maskZero/);
  });
});

describe('saved models', () => {
  it('keep what makes their masks', () => {
    const zeros = testData(3, N * T * I);
    zeros.fill(0.5, 2 * I, 4 * I);
    const net = sequential([input({ shape: [null, I] }), masking({ maskValue: 0.5 }), gru({ units: 3 })], {
      seed: 2,
    });
    const data = tensor(zeros, [N, T, I]);
    const again = load(net.save());
    expect(again.predict(data).data).toEqual(net.predict(data).data);
    const other = sequential([input({ shape: [null, I] }), masking({ maskValue: 0.25 }), gru({ units: 3 })], {
      seed: 2,
    });
    expect(other.predict(data).data).not.toEqual(net.predict(data).data);
  });
});
