import { expect, it } from 'vitest';
import { indRnn, input, quantize, sequential, UnknownNameError } from '../../../src/index.js';
import { describeRecurrent } from '../../harness/recurrent-suite.js';

describeRecurrent(
  {
    indRnn,
    'indRnn, other activation': (options) => indRnn({ ...options, activation: 'tanh' }),
  },
  // Measured: 1.2e-6 and 4.5e-5.
  { model: 2e-6, slope: 1e-4 },
);

it('has one recurrent weight for each unit, drawn from 0 to 1', () => {
  const net = sequential([input({ shape: [2, 3] }), indRnn({ units: 400 })], { seed: 1 });
  const weights = net.getWeights();
  const u = weights['indRnn.recurrentKernel'];
  expect(u.shape).toEqual([400]);
  expect(Math.min(...u.data)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...u.data)).toBeLessThan(1);
  const mean = u.data.reduce((sum, v) => sum + v, 0) / 400;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 400));
  expect(Object.keys(weights)).toEqual(['indRnn.kernel', 'indRnn.recurrentKernel', 'indRnn.bias']);
});

it('refuses what cannot be', () => {
  expect(() => indRnn({ units: 1.5 })).toThrow('indRnn: units must be a whole number of at least 1');
  expect(() => indRnn(undefined as never)).toThrow('indRnn: options must be an object');
  expect(() => indRnn({ units: 2, recurrentActivation: 'tanh' } as never)).toThrow(UnknownNameError);
  const square = indRnn({ units: 2, recurrentInitializer: 'orthogonal' });
  expect(() => sequential([input({ shape: [2, 3] }), square])).toThrow(/orthogonal/);
  expect(() => quantize(sequential([input({ shape: [2, 3] }), indRnn({ units: 4 })]))).toThrow(
    'indRnn: indRnn has no 8-bit form',
  );
});
