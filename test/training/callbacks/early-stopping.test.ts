import { afterEach, describe, expect, it, vi } from 'vitest';
import { UnknownNameError } from '../../../src/errors.js';
import { earlyStopping } from '../../../src/training/callbacks/index.js';
import { FakeModel, runTraining, valLosses } from '../../harness/fake-training.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('earlyStopping', () => {
  it('ends at the first epoch without improvement, with no patience', async () => {
    const run = await runTraining([earlyStopping()], valLosses(5, 4, 4, 1));
    expect(run.epochs).toBe(3);
    expect(run.model.weight).toBe(3);
  });

  it('waits as many epochs in a row as it has patience', async () => {
    const losses = valLosses(5, 6, 6, 4, 4.5, 4.1, 4, 3, 2);
    expect((await runTraining([earlyStopping({ patience: 3 })], losses)).epochs).toBe(7);
    expect((await runTraining([earlyStopping({ patience: 2 })], losses)).epochs).toBe(3);
    expect((await runTraining([earlyStopping({ patience: 4 })], losses)).epochs).toBe(9);
  });

  it('goes by the metric: more accuracy is better', async () => {
    const model = () => new FakeModel([{ name: 'accuracy', direction: 'up' }]);
    const logs = [0.5, 0.6, 0.7, 0.65, 0.66].map((valAccuracy) => ({ loss: 1, valAccuracy }));
    expect(
      (await runTraining([earlyStopping({ monitor: 'valAccuracy', patience: 2 })], logs, { model: model() }))
        .epochs,
    ).toBe(5);
    const contrary = earlyStopping({ monitor: 'valAccuracy', patience: 2, mode: 'min' });
    expect((await runTraining([contrary], logs, { model: model() })).epochs).toBe(3);
  });

  it("asks the model's own metrics first", async () => {
    const model = new FakeModel([{ name: 'mySpread', direction: 'up' }]);
    const logs = [1, 2, 3, 2].map((valMySpread) => ({ valMySpread }));
    const run = await runTraining([earlyStopping({ monitor: 'valMySpread', patience: 1 })], logs, { model });
    expect(run.epochs).toBe(4);
    await expect(runTraining([earlyStopping({ monitor: 'valMySpread' })], logs)).rejects.toThrow(
      "earlyStopping: cannot tell whether more or less is better in monitor 'valMySpread'; " +
        "give mode 'min' or 'max'",
    );
  });

  it('takes only changes above minDelta for improvement', async () => {
    const losses = valLosses(5, 4.5, 4, 3.5, 3);
    expect((await runTraining([earlyStopping({ patience: 2, minDelta: 0.75 })], losses)).epochs).toBe(5);
    // Against the best, 5: the third epoch is 1 less, which 0.75 lets count and 2.5 does not.
    expect((await runTraining([earlyStopping({ patience: 2, minDelta: 2.5 })], losses)).epochs).toBe(3);
    expect((await runTraining([earlyStopping({ patience: 1, minDelta: 0.5 })], losses)).epochs).toBe(2);
    expect((await runTraining([earlyStopping({ patience: 1, minDelta: -0.5 })], losses)).epochs).toBe(2);
  });

  it('restores the weights of the best epoch, whether it ended training or not', async () => {
    const stop = earlyStopping({ patience: 2, restoreBestWeights: true });
    const stopped = await runTraining([stop], valLosses(5, 3, 4, 4, 1));
    expect([stopped.epochs, stopped.model.weight]).toEqual([4, 2]);
    const ran = await runTraining([stop], valLosses(5, 3, 2, 4));
    expect([ran.epochs, ran.model.weight]).toEqual([4, 3]);
  });

  it('needs the baseline beaten for patience to start anew', async () => {
    const below = valLosses(5, 4, 3.5, 3, 2.5, 2);
    expect((await runTraining([earlyStopping({ patience: 2, baseline: 3.2 })], below)).epochs).toBe(6);
    const above = valLosses(5, 6, 7, 8);
    const stop = earlyStopping({ patience: 2, baseline: 3, restoreBestWeights: true });
    const run = await runTraining([stop], above);
    expect([run.epochs, run.model.weight]).toEqual([2, 1]);
  });

  it('keeps going on slow improvement that is short of the baseline', async () => {
    // Every epoch beats the last, none the baseline: only the first that does not, ends it.
    const run = await runTraining([earlyStopping({ patience: 2, baseline: 1 })], valLosses(9, 8, 7, 6, 6, 5));
    expect(run.epochs).toBe(5);
  });

  it('does not look at epochs before startFromEpoch', async () => {
    const stop = earlyStopping({ patience: 1, startFromEpoch: 3, restoreBestWeights: true });
    const run = await runTraining([stop], valLosses(1, 2, 3, 8, 7, 9, 9));
    expect([run.epochs, run.model.weight]).toEqual([6, 5]);
  });

  it('counts NaN as no improvement and does not end the first epoch', async () => {
    const run = await runTraining([earlyStopping()], valLosses(Number.NaN, Number.NaN, 1));
    expect(run.epochs).toBe(2);
    const restored = await runTraining(
      [earlyStopping({ patience: 2, restoreBestWeights: true })],
      valLosses(Number.NaN, 4, Number.NaN, Number.NaN),
    );
    expect([restored.epochs, restored.model.weight]).toEqual([4, 2]);
  });

  it('starts anew when used for another training', async () => {
    const stop = earlyStopping({ patience: 1 });
    expect((await runTraining([stop], valLosses(1, 2, 3))).epochs).toBe(2);
    expect((await runTraining([stop], valLosses(8, 7, 6, 6))).epochs).toBe(4);
  });

  it('names the nearest figure there is', async () => {
    const run = runTraining([earlyStopping({ monitor: 'valloss' })], valLosses(1), {
      model: new FakeModel([{ name: 'valloss', direction: 'down' }]),
    });
    await expect(run).rejects.toThrow(UnknownNameError);
    await expect(runTraining([earlyStopping()], [{ loss: 1, accuracy: 0 }])).rejects.toThrow(
      "earlyStopping: unknown monitor 'valLoss'; did you mean 'loss'? Known: loss, accuracy",
    );
  });

  it('says what it does when verbose', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    await runTraining([earlyStopping({ verbose: 1, restoreBestWeights: true })], valLosses(2, 1, 3));
    expect(print.mock.calls).toEqual([
      ['Epoch 3: early stopping'],
      ['Restoring the weights of the best epoch: 2'],
    ]);
  });

  it('refuses options that cannot be', () => {
    expect(() => earlyStopping({ patience: -1 })).toThrow(
      'earlyStopping: patience must be a whole number of at least 0, got -1',
    );
    expect(() => earlyStopping({ mode: 'less' as 'min' })).toThrow("earlyStopping: unknown mode 'less'");
    expect(() => earlyStopping({ minDelta: Number.NaN })).toThrow(
      'minDelta must be a finite number; got NaN',
    );
    expect(() => earlyStopping({ restoreBestWeight: true } as object)).toThrow(
      "did you mean 'restoreBestWeights'?",
    );
    expect(() => earlyStopping({ startFromEpoch: 0.5 })).toThrow('startFromEpoch must be a whole number');
    expect(() => earlyStopping({ baseline: Number.NaN })).toThrow('baseline must be a number; got NaN');
  });
});
