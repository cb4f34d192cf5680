import { describe, expect, it } from 'vitest';
import {
  batchNormalization,
  dense,
  groupNormalization,
  input,
  type Layer,
  layerNormalization,
  load,
  type Model,
  rmsNormalization,
  sequential,
  sgd,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/**
 * Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 4.7e-5 for one
 * channel whose few values are nearly equal, 3.6e-6 otherwise.
 */
const MAX_DIFFERENCE = 1.5e-4;

const SIZES = [1, 3, 4, 5, 17, 33];
const N = 4;
const T = 5;

const LAYERS: [string, (C: number) => Layer][] = [
  ['layerNormalization', () => layerNormalization()],
  ['layerNormalization, bare', () => layerNormalization({ center: false, scale: false, epsilon: 0.1 })],
  ['rmsNormalization', () => rmsNormalization({ epsilon: 0.01 })],
  ['groupNormalization, one group', () => groupNormalization({ groups: 1 })],
  ['groupNormalization, each channel', () => groupNormalization({ groups: -1, scale: false })],
  ['batchNormalization, frozen', () => batchNormalization({ trainable: false })],
];

function stack(C: number, shape: number[], layer: Layer): Model {
  const net = sequential(
    [input({ shape }), dense({ units: C, activation: 'tanh' }), layer, dense({ units: 2 })],
    { seed: 3 },
  );
  giveWeights(net as Model, C);
  const weights = net.getWeights();
  for (const [name, { data, shape: own }] of Object.entries(weights)) {
    if (name.endsWith('movingVariance'))
      net.setWeights({ [name]: tensor(testData(9, data.length, 0.4, 2), own) });
  }
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

describe.each(LAYERS)('%s', (_name, make) => {
  it.each(SIZES)('agrees with f64 on %i features', (C) => {
    for (const shape of [[T, 3], [3]]) {
      const net = stack(C, shape, make(C));
      const rows = shape.length === 2 ? T : 1;
      const x = tensor(testData(C, N * rows * 3), [N, ...shape]);
      const y = tensor(testData(C + 1, N * rows * 2), [N, ...shape.slice(0, -1), 2]);
      const { forward, loss, gradients } = checkModel(net, x, y);
      expect(Object.keys(gradients).length).toBeGreaterThanOrEqual(4);
      expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it.each([1, 5, 17])('gives a sample of %i features the same bits in any batch and as a stream', (C) => {
    const layer = make(C);
    const net = stack(C, [T, 3], layer);
    const x = tensor(testData(C + 7, N * T * 3), [N, T, 3]);
    expectInvariant(net, x, layer.definition.type !== 'groupNormalization');
  });

  it('comes back from a file with the same bits', () => {
    const net = stack(6, [T, 3], make(6));
    const x = tensor(testData(2, N * T * 3), [N, T, 3]);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
  });
});

it.each([
  [2, 6],
  [3, 33],
  [8, 24],
])('groupNormalization: %i groups of %i channels agree with f64', (groups, C) => {
  const net = stack(C, [T, 3], groupNormalization({ groups }));
  const x = tensor(testData(C, N * T * 3), [N, T, 3]);
  const y = tensor(testData(C + 1, N * T * 2), [N, T, 2]);
  const { forward, loss, gradients } = checkModel(net, x, y);
  expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
});

it('layerNormalization keeps its accuracy far from zero', () => {
  const net = sequential([input({ shape: [33] }), layerNormalization({ epsilon: 1e-6 })]);
  const near = testData(1, 33).map((v) => Math.round(1024 * v) / 1024);
  const far = near.map((v) => v + 4096);
  const expected = net.predict(tensor(near, [1, 33])).data;
  // The deviation is 0.6; a mean held in one f32 would be wrong by up to 2.4e-4 of 4096.
  net.predict(tensor(far, [1, 33])).data.forEach((v, i) => {
    expect(Math.abs(v - expected[i])).toBeLessThan(2e-6);
  });
});

describe('what cannot be', () => {
  const apply = (layer: Layer, shape: (number | null)[]) => () => layer.apply(input({ shape }));

  it('names layer, argument, what was expected and what came', () => {
    expect(() => layerNormalization({ epsilon: 0 })).toThrow(
      'layerNormalization: epsilon must be a finite number above 0, got 0',
    );
    expect(() => layerNormalization({ axis: 1 })).toThrow(
      'layerNormalization: axis must be -1, the last one, got 1',
    );
    expect(() => layerNormalization({ eps: 1 } as never)).toThrow("unknown option 'eps'");
    expect(() => rmsNormalization({ center: true } as never)).toThrow("unknown option 'center'");
    expect(() => groupNormalization({ groups: 0 })).toThrow('groups must be at least 1');
    expect(apply(groupNormalization(), [5, 48])).toThrow(
      'groupNormalization: groups is 32, expected a divisor of the 48 channels',
    );
    expect(apply(groupNormalization(), [5, 4, 32])).toThrow('expected [batch, time, channels]');
    expect(() => batchNormalization({ momentum: 1.5 })).toThrow('momentum must be a finite number');
    const sequence = sequential([input({ shape: [5, 32] }), groupNormalization()]);
    expect(() => sequence.stream()).toThrow(
      'groupNormalization cannot stream: its mean and variance run over the whole sequence',
    );
  });
});
