import { describe, expect, it } from 'vitest';
import {
  activation,
  batchNormalization,
  dense,
  flatten,
  gru,
  input,
  type Layer,
  load,
  type Model,
  repeatVector,
  sequential,
  sgd,
  tensor,
  timeDistributed,
} from '../../src/index.js';
import { bitsOf, giveWeights } from '../harness/bits.js';
import { checkModel } from '../harness/gradient.js';
import { expectInvariant } from '../harness/layer-invariance.js';
import { testData } from '../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 1.3e-6. */
const MAX_DIFFERENCE = 5e-6;

const [N, T] = [3, 4];

function stack(layer: Layer, shape: number[]): Model {
  const net = sequential([
    input({ shape: [T, ...shape] }),
    dense({ units: shape[shape.length - 1], activation: 'tanh' }),
    timeDistributed({ layer }),
    dense({ units: 2 }),
  ]);
  giveWeights(net as Model, shape.length);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

const data = (seed: number, shape: readonly number[]) =>
  tensor(
    testData(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );

/** A layer without time, one that takes a sequence at each step to a vector, to a sequence, and from a vector. */
const LAYERS: [string, (C: number) => Layer, (C: number) => number[]][] = [
  ['dense', (C) => dense({ units: C, activation: 'gelu' }), (C) => [C]],
  ['activation', () => activation({ activation: 'softmax' }), (C) => [C]],
  ['flatten', () => flatten(), (C) => [2, C]],
  ['gru, last output', () => gru({ units: 3 }), (C) => [5, C]],
  ['gru, all outputs', () => gru({ units: 3, returnSequences: true }), (C) => [5, C]],
  ['repeatVector', () => repeatVector({ n: 3 }), (C) => [C]],
];

describe.each(LAYERS)('%s at every step', (_name, make, shapeOf) => {
  it.each([1, 3, 4, 5, 17, 33])('agrees with f64 on %i features', (C) => {
    const net = stack(make(C), shapeOf(C));
    const x = data(C, [N, T, ...shapeOf(C)]);
    const y = data(C + 1, net.predict(x).shape);
    const { forward, loss, gradients } = checkModel(net, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch, as a stream and from a file', () => {
    const net = stack(make(5), shapeOf(5));
    const x = data(2, [N, T, ...shapeOf(5)]);
    expectInvariant(net, x, true);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
  });
});

it('is dense itself around dense', () => {
  const x = data(1, [N, T, 3]);
  const [plain, wrapped] = [dense({ units: 4 }), timeDistributed({ layer: dense({ units: 4 }) })].map(
    (layer) => sequential([input({ shape: [T, 3] }), layer], { seed: 3 }),
  );
  expect(Object.keys(wrapped.getWeights())).toEqual(['timeDistributed.kernel', 'timeDistributed.bias']);
  expect(bitsOf(wrapped.predict(x).data)).toEqual(bitsOf(plain.predict(x).data));
});

it('lets the layer inside write its moving statistics', () => {
  const [plain, wrapped] = [batchNormalization(), timeDistributed({ layer: batchNormalization() })].map(
    (layer) => {
      const net = sequential([input({ shape: [T, 3] }), layer]);
      net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
      net.trainOnBatch(data(1, [N, T, 3]), data(2, [N, T, 3]));
      return Object.values(net.getWeights());
    },
  );
  expect(wrapped).toEqual(plain);
});

it('refuses what cannot be', () => {
  const on = (layer: Layer, shape: number[]) => () => timeDistributed({ layer }).apply(input({ shape }));
  expect(() => timeDistributed({} as never)).toThrow('timeDistributed: layer must be a layer');
  expect(() => timeDistributed({ layer: gru({ units: 2, stateful: true }) })).toThrow(
    "layer 'gru' is stateful",
  );
  expect(() => timeDistributed({ layer: gru({ units: 2, returnState: true }) })).toThrow(
    'expected one output',
  );
  expect(on(dense({ units: 2 }), [3])).toThrow(
    'timeDistributed: input has shape [null, 3], expected [batch, time, ...]',
  );
  expect(on(gru({ units: 2 }), [4, 3])).toThrow('timeDistributed');
});
