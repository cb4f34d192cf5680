// What fails leaves the model as it was, down to the last bit of what `save` writes.
import { describe, expect, it } from 'vitest';
import {
  adam,
  type Callback,
  dense,
  dropout,
  gru,
  input,
  lstm,
  type Model,
  NonFiniteLossError,
  type Optimizer,
  ShapeError,
  sequential,
  sgd,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { testData } from '../harness/random.js';

const [T, I] = [4, 3];

function net(optimizer: Optimizer, stateful = false): Model {
  const made = sequential(
    [
      input({ shape: [T, I] }),
      lstm({ units: 5, returnSequences: true, recurrentDropout: 0.2, stateful }),
      gru({ units: 4, stateful }),
      dropout({ rate: 0.2 }),
      dense({ units: 2 }),
    ],
    { seed: 6 },
  );
  made.compile({ optimizer, loss: 'meanSquaredError' });
  return made;
}

const x = (seed: number, count = 4): Tensor => tensor(testData(seed, count * T * I), [count, T, I]);
const y = (seed: number, count = 4): Tensor => tensor(testData(seed + 70, count * 2), [count, 2]);

function withNaN(given: Tensor, sample: number): Tensor {
  const data = given.data.slice();
  data[sample * T * I + 5] = Number.NaN;
  return tensor(data, given.shape);
}

describe('a batch whose loss is no number', () => {
  it.each([
    ['plainly', () => net(adam())],
    ['amid an accumulation', () => net(adam({ gradientAccumulationSteps: 3 }))],
    ['with carried states', () => net(sgd({ momentum: 0.9 }), true)],
  ])('%s: training goes on as if it had not been', (_, make) => {
    const [spared, struck] = [make(), make()];
    for (let b = 0; b < 5; b++) {
      const before = struck.save();
      expect(() => struck.trainOnBatch(withNaN(x(b), 2), y(b))).toThrow(NonFiniteLossError);
      if (b > 0) expect(struck.save()).toEqual(before);
      expect(struck.trainOnBatch(x(b), y(b))).toEqual(spared.trainOnBatch(x(b), y(b)));
      expect(struck.save()).toEqual(spared.save());
    }
  });
});

describe('fit whose loss becomes no number', () => {
  const N = 12;

  it.each([
    ['plainly', () => net(adam())],
    ['amid an accumulation', () => net(adam({ gradientAccumulationSteps: 2 }))],
    ['with carried states', () => net(sgd({ momentum: 0.9 }), true)],
  ])('%s: the model is as at the end of the last epoch', async (_, make) => {
    const options = { batchSize: 4, shuffle: false, verbose: 0, checkFinite: false } as const;
    const [whole, struck] = [make(), make()];
    await whole.fit(x(1, N), y(1, N), { ...options, epochs: 1 });
    await struck.fit(x(1, N), y(1, N), { ...options, epochs: 1 });
    const bad = withNaN(x(1, N), 9);
    await expect(struck.fit(bad, y(1, N), { ...options, epochs: 2, initialEpoch: 1 })).rejects.toThrow(
      /epoch 2, batch 3 of 3.*end of epoch 1/,
    );
    expect(struck.save()).toEqual(whole.save());
  });

  it('goes back to numbers, where the last update of an epoch leaves none', async () => {
    const made = net(sgd({ learningRate: 0.01 }));
    // The second epoch's only batch has a loss, and an update that overflows.
    const overflow: Callback = {
      onEpochBegin(epoch) {
        if (epoch === 1) made.learningRate = 3e38;
      },
    };
    const options = { batchSize: N, verbose: 0, callbacks: [overflow] } as const;
    const first = net(sgd({ learningRate: 0.01 }));
    await first.fit(x(1, N), y(1, N), { ...options, callbacks: [], epochs: 1 });
    const target = tensor(
      y(1, N).data.map((v) => 1e5 * v),
      [N, 2],
    );
    await made.fit(x(1, N), y(1, N), { ...options, epochs: 1 });
    await expect(made.fit(x(1, N), target, { ...options, epochs: 5, initialEpoch: 1 })).rejects.toThrow(
      /the weights became NaN or infinite at epoch 2, batch 1 of 1.*end of epoch 1/,
    );
    expect(made.fingerprint()).toBe(first.fingerprint());
  });
});

describe('stateful layers', () => {
  it('refuse samples that batches do not divide, before anything is trained', async () => {
    const made = net(adam(), true);
    const before = made.save();
    await expect(made.fit(x(1, 10), y(1, 10), { batchSize: 4, verbose: 0 })).rejects.toThrow(ShapeError);
    expect(() => made.evaluate(x(1, 10), y(1, 10), { batchSize: 4 })).toThrow(ShapeError);
    expect(() => made.predict(x(1, 10), { batchSize: 4 })).toThrow(
      /predict: lstm is stateful.*10 samples.*batches of 4/,
    );
    const validationData = [x(2, 6), y(2, 6)] as const;
    await expect(made.fit(x(1, 8), y(1, 8), { batchSize: 4, verbose: 0, validationData })).rejects.toThrow(
      ShapeError,
    );
    expect(made.save()).toEqual(before);
    await made.fit(x(1, 10), y(1, 10), { batchSize: 5, verbose: 0 });
    expect(made.save()).not.toEqual(before);
  });

  it('take another batch size once their states are reset', () => {
    const made = net(adam(), true);
    made.trainOnBatch(x(1), y(1));
    expect(() => made.predict(x(2, 1))).toThrow(/lstm.*state of 4 samples.*resetStates/);
    made.resetStates();
    const one = made.predict(x(2, 1));
    made.resetStates();
    const fresh = net(adam(), true);
    fresh.setWeights(made.getWeights());
    expect(one).toEqual(fresh.predict(x(2, 1)));
  });
});
