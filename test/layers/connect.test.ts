import { describe, expect, it } from 'vitest';
import {
  dense,
  dropout,
  gru,
  highway,
  input,
  type Layer,
  load,
  lstm,
  type Model,
  residual,
  rnn,
  sequential,
  sgd,
  simpleRNN,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights } from '../harness/bits.js';
import { checkModel, scaledDifference } from '../harness/gradient.js';
import { expectPiecesInvariant, N as SAMPLES, T as STEPS } from '../harness/invariance.js';
import { expectInvariant } from '../harness/layer-invariance.js';
import { testData } from '../harness/random.js';
import { referenceForward, weightsOf } from '../harness/reference/network.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 1.5e-6. */
const MAX_DIFFERENCE = 5e-6;

const [B, T] = [3, 4];

/** Connections for C features, and the features that they give. */
const CONNECTIONS: [string, (C: number) => Layer, (C: number) => number][] = [
  ['residual gru', (C) => residual(gru({ units: C, returnSequences: true })), (C) => C],
  [
    'residual dense, scaled',
    (C) => residual(dense({ units: C, activation: 'gelu' }), { scale: 0.3 }),
    (C) => C,
  ],
  [
    'residual lstm, projected',
    (C) => residual(lstm({ units: C + 1, returnSequences: true }), { projection: true }),
    (C) => C + 1,
  ],
  [
    'residual dense, projected and scaled',
    (C) => residual(dense({ units: C + 2 }), { projection: true, scale: -2 }),
    (C) => C + 2,
  ],
  [
    'residual of a stack',
    (C) => residual(rnn([gru({ units: 3 }), gru({ units: C })], { returnSequences: true })),
    (C) => C,
  ],
  ['residual dropout', () => residual(dropout({ rate: 0 })), (C) => C],
  ['highway gru', (C) => highway(gru({ units: C, returnSequences: true })), (C) => C],
  ['highway dense', (C) => highway(dense({ units: C, activation: 'tanh' })), (C) => C],
  ['highway of residual', (C) => highway(residual(simpleRNN({ units: C, returnSequences: true }))), (C) => C],
];

function around(layer: Layer, C: number): Model {
  const net = sequential([
    input({ shape: [T, C] }),
    dense({ units: C, activation: 'tanh' }),
    layer,
    dense({ units: 2 }),
  ]);
  giveWeights(net as Model, C);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

describe.each(CONNECTIONS)('%s', (_name, make, widthOf) => {
  it.each([1, 3, 4, 5])('agrees with f64 on %i features', (C) => {
    const net = around(make(C), C);
    const x = tensor(testData(1, B * T * C), [B, T, C]);
    const { forward, loss, gradients } = checkModel(net, x, tensor(testData(2, B * T * 2), [B, T, 2]));
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
    expect(net.predict(x).data.some((v) => v !== 0)).toBe(true);
    expect(bitsOf(load(net.save()).predict(x).data)).toEqual(bitsOf(net.predict(x).data));
  });

  it.each([5, 17, 33])(
    'predicts as f64 on %i features, with the same bits in any batch and as a stream',
    (C) => {
      const net = sequential([input({ shape: [null, C] }), make(C)]) as Model;
      giveWeights(net, 2);
      expect(net.graph.outputs[0].shape).toEqual([null, widthOf(C)]);
      const x = tensor(testData(3, B * T * C), [B, T, C]);
      const [expected] = referenceForward(net, weightsOf(net), [{ ...x, data: Float64Array.from(x.data) }]);
      expect(scaledDifference(net.predict(x).data, expected.data)).toBeLessThan(MAX_DIFFERENCE);
      expectInvariant(net, x, true);
    },
  );
});

it('carries the state of what is inside from batch to batch', () => {
  const make = (stateful: boolean) => {
    const net = sequential([
      input({ shape: [null, 3] }),
      residual(gru({ units: 3, returnSequences: true, stateful })),
      highway(gru({ units: 3, returnSequences: true, stateful })),
    ]);
    giveWeights(net as Model, 5);
    return net as Model;
  };
  expectPiecesInvariant(make(true), make(false), testData(4, SAMPLES * STEPS * 3), [3]);
});

it('names the weights by the layer inside, and lets most of x pass a new highway', () => {
  const layers = [
    highway(lstm({ units: 2, returnSequences: true })),
    residual(dense({ units: 2, name: 'inner' })),
  ];
  const net = sequential([input({ shape: [T, 2] }), ...layers]);
  expect(Object.keys(net.getWeights())).toEqual([
    'highway.lstm.kernel',
    'highway.lstm.recurrentKernel',
    'highway.lstm.bias',
    'highway.gateKernel',
    'highway.gateBias',
    'residual.inner.kernel',
    'residual.inner.bias',
  ]);
  expect([...net.getWeights()['highway.gateBias'].data]).toEqual([-1, -1]);
});

describe('connections refuse', () => {
  const behind = (layer: Layer) => sequential([input({ shape: [T, 4] }), layer]);
  it.each([
    [
      'another width',
      () => behind(residual(dense({ units: 5 }))),
      /residual: dense makes 5 features of 4, which cannot be added to its input: set projection: true/,
    ],
    ['another width', () => behind(highway(dense({ units: 5 }))), /highway: dense makes 5 features of 4/],
    [
      'to lose the time axis',
      () => behind(residual(gru({ units: 4 }))),
      /residual: gru makes \[batch, 4\] of \[batch, 4, 4\].*returnSequences: true/,
    ],
    [
      'several outputs',
      () => behind(highway(lstm({ units: 4, returnSequences: true, returnState: true }))),
      /highway: lstm has 3 outputs, expected one/,
    ],
    ['what is no layer', () => residual('dense' as never), /residual: layer must be a layer such as dense/],
    [
      'a scale that is no number',
      () => residual(dense({ units: 2 }), { scale: Number.NaN }),
      /scale must be/,
    ],
    [
      'to stream what reads backwards',
      () => behind(residual(gru({ units: 4, returnSequences: true, goBackwards: true }))).stream(),
      /residual cannot stream: gru: goBackwards/,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
