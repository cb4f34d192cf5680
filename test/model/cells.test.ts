import { describe, expect, it } from 'vitest';
import {
  dense,
  gru,
  input,
  type Layer,
  type Model,
  minGru,
  minLstm,
  sequential,
  simpleRNN,
  sru,
  tensor,
} from '../../src/index.js';
import { checkModel } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 3.3e-7. */
const MODEL_MAX_DIFFERENCE = 1e-6;

const cells: [string, (units: number, returnSequences: boolean) => Layer][] = [
  ['simpleRNN', (units, returnSequences) => simpleRNN({ units, returnSequences })],
  ['gru', (units, returnSequences) => gru({ units, returnSequences, biasInitializer: 'randomNormal' })],
  ['gru, reset before', (units, returnSequences) => gru({ units, returnSequences, resetAfter: false })],
  [
    'gru, update gate on the candidate',
    (units, returnSequences) => gru({ units, returnSequences, updateGate: 'candidate' }),
  ],
  ['minGru', (units, returnSequences) => minGru({ units, returnSequences, biasInitializer: 'randomNormal' })],
  ['minGru of tanh', (units, returnSequences) => minGru({ units, returnSequences, activation: 'tanh' })],
  ['minGru of g', (units, returnSequences) => minGru({ units, returnSequences, activation: 'g' })],
  [
    'minLstm',
    (units, returnSequences) => minLstm({ units, returnSequences, biasInitializer: 'randomNormal' }),
  ],
  ['sru', (units, returnSequences) => sru({ units, returnSequences, biasInitializer: 'randomNormal' })],
  [
    'sru of tanh, gates that see only the input',
    (units, returnSequences) => sru({ units, returnSequences, activation: 'tanh', peephole: false }),
  ],
  ['minLstm of g', (units, returnSequences) => minLstm({ units, returnSequences, activation: 'g' })],
];

describe.each(cells)('a stack of %s', (_name, cell) => {
  it('predicts, has the gradients that f64 gives, and streams the same bits', () => {
    const net = sequential(
      [
        input({ shape: [6, 3] }),
        cell(5, true),
        cell(9, true),
        cell(4, false),
        dense({ units: 2, activation: 'gelu' }),
      ],
      { seed: 5 },
    );
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = tensor(testData(1, 4 * 6 * 3), [4, 6, 3]);
    const y = tensor(testData(2, 4 * 2), [4, 2]);
    const { forward, loss, gradients } = checkModel(net as Model, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MODEL_MAX_DIFFERENCE);

    const stream = net.stream();
    const whole = net.predict(x).data;
    const last = [0, 1, 2, 3].map((s) => {
      stream.reset();
      let out = new Float32Array();
      for (let t = 0; t < 6; t++)
        out = stream.step(x.data.subarray((s * 6 + t) * 3, (s * 6 + t + 1) * 3)).slice();
      return [...out];
    });
    expect(last.flat()).toEqual([...whole]);
  });
});
