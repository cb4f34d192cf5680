// Gradients with masks in play: the slope of the kernels' own training loss, its masks held, along directions.
import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  dropout,
  embedding,
  gru,
  input,
  type Layer,
  lstm,
  type Model,
  model,
  type RecurrentOptions,
  sequential,
  simpleRNN,
  tensor,
} from '../../src/index.js';
import { giveWeights } from '../harness/bits.js';
import { testData } from '../harness/random.js';
import { slopeDifference } from '../harness/slopes.js';

/**
 * Slopes against gradients, over the length of the weight's gradient. The slope is a four-point difference of
 * f32 losses. Measured: 4.2e-4.
 */
const SLOPE = 8e-4;

const [B, T, I, H] = [5, 6, 3, 4];

function compiled(net: Model): Model {
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  giveWeights(net, 3);
  return net;
}

const CELLS: Record<string, (options: RecurrentOptions) => Layer> = {
  simpleRNN,
  lstm,
  gru,
  'gru resetAfter false': (options) => gru({ ...options, resetAfter: false }),
  'bidirectional lstm': (options) => bidirectional({ layer: lstm({ ...options, goBackwards: false }) }),
  'gru candidate': (options) => gru({ ...options, updateGate: 'candidate' }),
};

const OPTIONS: Record<string, Partial<RecurrentOptions>> = {
  dropout: { dropout: 0.4 },
  recurrentDropout: { recurrentDropout: 0.4 },
  both: { dropout: 0.3, recurrentDropout: 0.3, returnSequences: true },
  'both, backwards': { dropout: 0.3, recurrentDropout: 0.3, goBackwards: true },
};

describe.each(Object.entries(CELLS))('%s', (_, cell) => {
  it.each(Object.entries(OPTIONS))('%s', (_, options) => {
    const net = compiled(
      sequential(
        [
          input({ shape: [T, I] }),
          dense({ units: 5, activation: 'tanh' }),
          cell({ units: H, ...options }),
          dropout({ rate: 0.2 }),
          dense({ units: 3 }),
        ],
        { seed: 17 },
      ),
    );
    const [rows, shape] = options.returnSequences ? [B * T, [B, T, 3]] : [B, [B, 3]];
    const y = tensor(testData(8, rows * 3, 0.5, 2.5), shape);
    expect(slopeDifference(net, tensor(testData(7, B * T * I), [B, T, I]), y)).toBeLessThan(SLOPE);
  });

  it('initial states from one layer to the next, and a layer used twice', () => {
    const ids = input({ shape: [T] });
    const table = embedding({ inputDim: 7, outputDim: I }).apply(ids);
    const first = cell({ units: H, returnSequences: true, returnState: true, recurrentDropout: 0.3 });
    const second = cell({ units: H, dropout: 0.3, recurrentDropout: 0.3 });
    const [sequence, ...state] = first.applyAll(table);
    const middle = dropout({ rate: 0.3 }).apply(sequence);
    const once = second.apply(middle, { initialState: state });
    const twice = second.apply(sequence);
    const head = dense({ units: 2 });
    const net = model({ inputs: ids, outputs: [head.apply(once), head.apply(twice)], seed: 4 });
    net.compile({ optimizer: 'sgd', loss: ['meanSquaredError', 'meanSquaredError'] });
    giveWeights(net as unknown as Model, 5);
    const x = tensor(
      testData(9, B * T, 0, 7).map((v) => Math.floor(v)),
      [B, T],
    );
    const y = [tensor(testData(10, B * 2, 0.5, 2.5), [B, 2]), tensor(testData(11, B * 2, -3, -1), [B, 2])];
    expect(slopeDifference(net as unknown as Model, x, y as never)).toBeLessThan(SLOPE);
  });
});
