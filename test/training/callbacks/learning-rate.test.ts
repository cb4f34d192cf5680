import { afterEach, describe, expect, it, vi } from 'vitest';
import { learningRateScheduler, reduceLROnPlateau } from '../../../src/training/callbacks/index.js';
import { FakeModel, runTraining, valLosses } from '../../harness/fake-training.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('reduceLROnPlateau', () => {
  it('reduces after as many epochs without improvement as it has patience, again and again', async () => {
    const run = await runTraining(
      [reduceLROnPlateau({ factor: 0.5, patience: 2 })],
      valLosses(5, 5, 5, 5, 5, 4, 4, 4, 4),
    );
    //                         |     |        best |
    expect(run.rates).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]);
    expect(run.history.map((logs) => logs.learningRate)).toEqual(run.rates);
  });

  it('waits out the cooldown', async () => {
    const run = await runTraining(
      [reduceLROnPlateau({ factor: 0.5, patience: 2, cooldown: 3 })],
      valLosses(...Array(10).fill(5)),
    );
    // Reduced after epoch 3; the epochs 4 and 5 cool; from 6 on two more are counted.
    expect(run.rates).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
  });

  it('stops at the least learning rate', async () => {
    const run = await runTraining(
      [reduceLROnPlateau({ factor: 0.1, patience: 1, minLr: 0.05 })],
      valLosses(5, 5, 5, 5, 5),
    );
    expect(run.rates).toEqual([1, 1, 0.1, 0.05, 0.05]);
  });

  it('does not go below it by rounding when the model keeps f32', async () => {
    const model = new FakeModel();
    model.learningRate = Math.fround(0.1);
    const run = await runTraining([reduceLROnPlateau({ patience: 1, minLr: 0.1 })], valLosses(5, 5, 5), {
      model,
    });
    expect(run.rates).toEqual([Math.fround(0.1), Math.fround(0.1), Math.fround(0.1)]);
  });

  it('takes only changes above minDelta, 0.0001 by default, for improvement', async () => {
    const slow = valLosses(5, 4.99995, 4.9999, 4.99985, 4.9998);
    expect((await runTraining([reduceLROnPlateau({ patience: 2 })], slow)).model.learningRate).toBe(0.1);
    const run = await runTraining([reduceLROnPlateau({ patience: 2, minDelta: 0 })], slow);
    expect(run.model.learningRate).toBe(1);
  });

  it('goes by the metric, or by the mode', async () => {
    const logs = [0.5, 0.6, 0.7, 0.8].map((valAuc) => ({ valAuc, valOther: valAuc }));
    const options = { patience: 1, mode: 'max' as const };
    const up = await runTraining([reduceLROnPlateau({ monitor: 'valOther', ...options })], logs);
    expect(up.model.learningRate).toBe(1);
    const down = reduceLROnPlateau({ monitor: 'valOther', patience: 1, mode: 'min', factor: 0.5 });
    expect((await runTraining([down], logs)).rates).toEqual([1, 1, 0.5, 0.25]);
  });

  it('starts anew when used for another training', async () => {
    const reduce = reduceLROnPlateau({ patience: 2, factor: 0.5 });
    await runTraining([reduce], valLosses(1, 1));
    expect((await runTraining([reduce], valLosses(8, 7, 7, 6))).rates).toEqual([1, 1, 1, 1]);
  });

  it('prints when verbose', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    await runTraining([reduceLROnPlateau({ patience: 1, factor: 0.5, verbose: 1 })], valLosses(5, 5));
    expect(print.mock.calls).toEqual([['Epoch 2: learning rate reduced to 0.5']]);
  });

  it('names the nearest figure there is, and options that cannot be', async () => {
    await expect(runTraining([reduceLROnPlateau()], [{ loss: 1 }])).rejects.toThrow(
      "reduceLROnPlateau: unknown monitor 'valLoss'; did you mean 'loss'?",
    );
    for (const factor of [0, 1, 2, Number.NaN]) {
      expect(() => reduceLROnPlateau({ factor })).toThrow(
        `reduceLROnPlateau: factor must lie between 0 and 1, both excluded; got ${factor}`,
      );
    }
    expect(() => reduceLROnPlateau({ minLr: -1 })).toThrow('minLr must not be negative; got -1');
    expect(() => reduceLROnPlateau({ cooldown: 1.5 })).toThrow('cooldown must be a whole number');
  });
});

describe('learningRateScheduler', () => {
  it('sets the rate before each epoch from the epoch and the rate at hand', async () => {
    const schedule = learningRateScheduler((epoch, rate) => (epoch < 2 ? rate : rate / 2));
    const run = await runTraining([schedule], valLosses(1, 1, 1, 1));
    expect(run.rates).toEqual([1, 1, 0.5, 0.25]);
    expect(run.history.map((logs) => logs.learningRate)).toEqual(run.rates);
  });

  it('counts epochs on where training goes on', async () => {
    const seen: number[] = [];
    const schedule = learningRateScheduler((epoch) => {
      seen.push(epoch);
      return epoch;
    });
    const run = await runTraining([schedule], valLosses(1, 1), { initialEpoch: 7 });
    expect([seen, run.rates]).toEqual([
      [7, 8],
      [7, 8],
    ]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, undefined, '0.1'])(
    'refuses a rate of %s',
    async (rate) => {
      const schedule = learningRateScheduler(() => rate as number);
      await expect(runTraining([schedule], valLosses(1))).rejects.toThrow(
        `learningRateScheduler: schedule gave ${rate} for epoch 0, expected a finite number, 0 or more`,
      );
    },
  );

  it('refuses anything but a function, and prints when verbose', async () => {
    expect(() => learningRateScheduler(0.1 as unknown as () => number)).toThrow(
      'learningRateScheduler: schedule must be a function of epoch and learning rate; got 0.1',
    );
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    await runTraining([learningRateScheduler(() => 0.25, { verbose: 1 })], valLosses(1));
    expect(print.mock.calls).toEqual([['Epoch 1: learning rate set to 0.25']]);
  });
});
