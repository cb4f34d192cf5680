import { describe, expect, it } from 'vitest';
import {
  gru,
  indRnn,
  input,
  type Layer,
  lstm,
  mgu,
  minGru,
  minLstm,
  sequential,
  simpleRNN,
  sru,
} from '../../src/index.js';
import { tensor } from '../../src/tensor.js';
import { kernelGradients } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

/** What is carried is 0 or at least this. */
const SMALLEST = 2 ** -110;

const cells: [string, (units: number) => Layer][] = [
  ['lstm', (units) => lstm({ units })],
  ['gru', (units) => gru({ units })],
  ['minGru', (units) => minGru({ units })],
  ['sru', (units) => sru({ units })],
  ['minLstm', (units) => minLstm({ units })],
  ['gru, reset before', (units) => gru({ units, resetAfter: false })],
  ['mgu', (units) => mgu({ units })],
  [
    'indRnn',
    (units) => indRnn({ units, recurrentInitializer: { name: 'constant', config: { value: 0.6 } } }),
  ],
  [
    'simpleRNN',
    (units) => simpleRNN({ units, recurrentInitializer: { name: 'identity', config: { gain: 0.5 } } }),
  ],
];

describe.each(cells)('a fading state of %s', (_name, cell) => {
  it('ends at zero, never among subnormal numbers', () => {
    const stream = sequential([input({ shape: [null, 2] }), cell(7)], { seed: 3 }).stream();
    stream.step([1, -1]);
    let smallest = 1;
    for (let t = 0; t < 3000; t++) {
      for (const value of stream.step([0, 0])) {
        if (value !== 0) smallest = Math.min(smallest, Math.abs(value));
      }
    }
    expect(smallest).toBeLessThan(1e-30);
    expect(smallest).toBeGreaterThanOrEqual(SMALLEST);
    expect([...stream.step([0, 0])]).toEqual(new Array(7).fill(0));
  });

  it('has gradients that fade to zero over a long sequence', () => {
    const T = 1500;
    const net = sequential([input({ shape: [T, 2] }), cell(5)], { seed: 3 });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = tensor(testData(1, T * 2), [1, T, 2]);
    const { gradients } = kernelGradients(net, x, tensor(testData(2, 5), [1, 5]));
    for (const values of Object.values(gradients)) {
      for (const value of values) expect(value === 0 || Math.abs(value) > 2 ** -126).toBe(true);
    }
  });
});
