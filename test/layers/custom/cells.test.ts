import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  gru,
  input,
  type Layer,
  load,
  lstm,
  type Model,
  rnn,
  sequential,
  sgd,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { expectPiecesInvariant, N as SAMPLES, T as STEPS } from '../../harness/invariance.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { mixture, ownGru, ownLstm } from '../../harness/own-cells.js';
import { testData } from '../../harness/random.js';

/** Largest difference of the own LSTM or GRU from the built-in one, over the largest value. Measured: 4e-7. */
const BUILT_IN = 2e-6;

const [B, T, I] = [3, 6, 2];
const x = tensor(testData(1, B * T * I), [B, T, I]);

function around(layer: Layer, seed = 3): Model {
  const net = sequential(
    [
      input({ shape: [null, I] }),
      dense({ units: 3, activation: 'tanh', name: 'front' }),
      layer,
      dense({ units: 2 }),
    ],
    { seed },
  );
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

/** The weights of a built-in GRU or LSTM as the own cell has them, under its name. */
function toOwn(
  weights: Record<string, Tensor>,
  name: string,
  own: string,
  H: number,
): Record<string, Tensor> {
  const given: Record<string, Tensor> = {};
  for (const [key, value] of Object.entries(weights)) {
    if (!key.startsWith(`${name}.`)) given[key] = value;
    else if (key === 'gru.bias') {
      given[`${own}.bias`] = tensor(value.data.slice(0, 3 * H), [3 * H]);
      given[`${own}.recurrentBias`] = tensor(value.data.slice(3 * H), [3 * H]);
    } else given[`${own}.${key.slice(name.length + 1)}`] = value;
  }
  return given;
}

type Options = { returnSequences?: boolean; goBackwards?: boolean; truncate?: number; recompute?: boolean };

const PAIRS: [
  string,
  (o: Options & { units: number }) => Layer,
  string,
  (o: Options & { units: number }) => Layer,
][] = [
  ['gru', gru, 'ownGru', (o) => rnn({ cell: ownGru, ...o })],
  ['lstm', lstm, 'ownLstm', (o) => rnn({ cell: ownLstm, ...o })],
];

const WAYS: [string, Options][] = [
  ['the last output', {}],
  ['all outputs', { returnSequences: true }],
  ['from the end', { returnSequences: true, goBackwards: true }],
  ['truncated', { returnSequences: true, truncate: 4 }],
  ['recomputed', { returnSequences: true, recompute: true }],
];

describe.each(PAIRS)('a cell written as the %s', (name, builtIn, own, make) => {
  it.each(WAYS.flatMap(([way, options]) => [1, 3, 4, 5, 17, 33].map((H) => [way, H, options] as const)))(
    'gives the outputs and gradients of the built-in one: %s, %i units',
    (_way, units, options) => {
      const [theirs, ours] = [around(builtIn({ units, ...options })), around(make({ units, ...options }))];
      giveWeights(theirs, units);
      ours.setWeights(toOwn(theirs.getWeights(), name, own, units));
      expect(scaledDifference(ours.predict(x).data, theirs.predict(x).data)).toBeLessThan(BUILT_IN);
      const steps = options.returnSequences ? T : 1;
      const shape = options.returnSequences ? [B, T, 2] : [B, 2];
      const y = tensor(testData(2, B * steps * 2), shape);
      const [expected, got] = [theirs, ours].map((net) => kernelGradients(net, x, y));
      expect(Math.abs(got.loss - expected.loss)).toBeLessThan(BUILT_IN * expected.loss);
      const tensors = Object.fromEntries(
        Object.entries(expected.gradients).map(([key, data]) => [key, tensor(data, [data.length])]),
      );
      for (const [key, { data }] of Object.entries(toOwn(tensors, name, own, units))) {
        expect(scaledDifference(got.gradients[key], data), key).toBeLessThan(BUILT_IN);
      }
    },
  );
});

const CELLS: [
  string,
  (units: number, options: { returnSequences?: boolean; stateful?: boolean }) => Layer,
][] = [
  ['ownGru', (units, options) => rnn({ cell: ownGru, units, ...options })],
  ['ownLstm', (units, options) => rnn({ cell: ownLstm, units, ...options })],
  [
    'mixture',
    (units, o) =>
      rnn({ cell: mixture, units, options: { first: 'gelu', second: 'softplus' } as const, ...o }),
  ],
];

const cells = [ownGru, ownLstm, mixture];

describe.each(CELLS)('%s', (name, make) => {
  it.each([1, 3, 4, 5, 17, 33])('has the same bits in any batch and as a stream, at %i units', (units) => {
    const net = sequential([input({ shape: [null, I] }), make(units, { returnSequences: true })]);
    giveWeights(net as Model, 3);
    expectInvariant(net as Model, x, true);
  });

  it('carries its state from batch to batch', () => {
    const of = (stateful: boolean) => {
      const net = sequential([input({ shape: [null, I] }), make(3, { returnSequences: true, stateful })]);
      giveWeights(net as Model, 5);
      return net as Model;
    };
    expectPiecesInvariant(of(true), of(false), testData(4, SAMPLES * STEPS * I), [I]);
  });

  it('trains on with the same bits after saving and loading', () => {
    const net = around(make(4, {}));
    const y = tensor(testData(7, B * 2), [B, 2]);
    net.trainOnBatch(x, y);
    const again = load(net.save(), { cells });
    for (const one of [net, again]) for (let i = 0; i < 3; i++) one.trainOnBatch(x, y);
    expect(again.fingerprint()).toBe(net.fingerprint());
    expect(bitsOf(again.predict(x).data)).toEqual(bitsOf(net.predict(x).data));
    expect(() => load(net.save())).toThrow(new RegExp(`unknown layer '${name}'.*\\{ cells: \\[cell\\] \\}`));
  });

  it('goes into bidirectional layers and stacks', () => {
    const net = sequential([
      input({ shape: [null, I] }),
      bidirectional({ layer: make(3, { returnSequences: true }) }),
      rnn([make(2, {}), gru({ units: 3 })], { returnSequences: true }),
      bidirectional({ layer: rnn([make(2, {}), make(3, {})]), mergeMode: 'sum' }),
    ]);
    giveWeights(net as Model, 2);
    expectInvariant(net as Model, x, false);
    expect(bitsOf(load(net.save(), { cells }).predict(x).data)).toEqual(bitsOf(net.predict(x).data));
  });
});
