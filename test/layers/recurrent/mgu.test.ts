import { expect, it } from 'vitest';
import { dense, input, mgu, quantize, sequential, UnknownNameError } from '../../../src/index.js';
import { describeRecurrent } from '../../harness/recurrent-suite.js';

describeRecurrent(
  {
    mgu,
    'mgu, other activations': (options) =>
      mgu({ ...options, activation: 'selu', recurrentActivation: 'hardSigmoid' }),
  },
  // Measured: 3.8e-7 and 2.3e-5.
  { model: 1e-6, slope: 1e-4 },
);

it('has two gates for its weights, in the order f, h', () => {
  const net = sequential([input({ shape: [2, 3] }), mgu({ units: 4 })]);
  const shapes = Object.entries(net.getWeights()).map(([name, { shape }]) => [name, ...shape]);
  expect(shapes).toEqual([
    ['mgu.kernel', 3, 8],
    ['mgu.recurrentKernel', 4, 8],
    ['mgu.bias', 8],
  ]);
});

it('refuses what cannot be', () => {
  expect(() => mgu({ units: 0 })).toThrow('mgu: units must be a whole number of at least 1');
  expect(() => mgu({ units: 2, resetAfter: true } as never)).toThrow(UnknownNameError);
  expect(() => mgu({ units: 2, recurrentActivation: 'gelu' })).toThrow(
    /mgu: unknown recurrentActivation 'gelu'/,
  );
  expect(() => mgu({ units: 2 }).apply(input({ shape: [3] }))).toThrow(
    'mgu: input has shape [batch, 3], expected [batch, time, features]',
  );
});

it('stays in f32 in a quantised model', () => {
  const net = sequential([input({ shape: [2, 3] }), mgu({ units: 4 }), dense({ units: 2 })]);
  expect(quantize(net).getWeights()['mgu.kernel']).toEqual(net.getWeights()['mgu.kernel']);
  expect(() => quantize(sequential([input({ shape: [2, 3] }), mgu({ units: 4 })]))).toThrow(
    'mgu: mgu has no 8-bit form',
  );
});
