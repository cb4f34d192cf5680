import { describe, expect, it } from 'vitest';
import { dense, input, lstm, type Model, sequential, tensor } from '../../src/index.js';
import { checkModel } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 2.3e-7. */
const MODEL_MAX_DIFFERENCE = 1e-6;

describe('a two-layer LSTM with a dense head', () => {
  it('predicts, and has the gradients, that f64 gives', () => {
    const net = sequential(
      [
        input({ shape: [5, 3] }),
        lstm({ units: 5, returnSequences: true }),
        lstm({ units: 4 }),
        dense({ units: 2, activation: 'tanh' }),
      ],
      { seed: 7 },
    );
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = tensor(testData(1, 3 * 5 * 3), [3, 5, 3]);
    const y = tensor(testData(2, 3 * 2), [3, 2]);
    const { forward, loss, gradients } = checkModel(net as Model, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MODEL_MAX_DIFFERENCE);
    expect(Object.keys(gradients)).toEqual([
      'lstm.kernel',
      'lstm.recurrentKernel',
      'lstm.bias',
      'lstm_1.kernel',
      'lstm_1.recurrentKernel',
      'lstm_1.bias',
      'dense.kernel',
      'dense.bias',
    ]);
  });
});
