import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ModelCheckpointOptions, modelCheckpoint } from '../../../src/training/callbacks/index.js';
import { FakeModel, runTraining, valLosses } from '../../harness/fake-training.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A checkpoint that keeps name and epoch of what it is given. */
function recording(options: Partial<ModelCheckpointOptions>) {
  const saved: [name: string, weight: number][] = [];
  const write = (bytes: Uint8Array, name: string) => {
    expect(bytes[0]).toBe(0xa5);
    saved.push([name, bytes[1]]);
  };
  return { saved, callback: modelCheckpoint({ filepath: 'm', write, ...options }) };
}

describe('modelCheckpoint', () => {
  it('saves after every epoch', async () => {
    const { saved, callback } = recording({ filepath: 'model-{epoch}' });
    await runTraining([callback], valLosses(3, 4, 2));
    expect(saved).toEqual([
      ['model-1', 1],
      ['model-2', 2],
      ['model-3', 3],
    ]);
  });

  it('fills in figures, with Python formats', async () => {
    const { saved, callback } = recording({ filepath: 'a/{epoch:03d}-{valLoss:.2f}-{loss}-{valLoss:8.3f}' });
    await runTraining([callback], [{ loss: 0.125, valLoss: 1.23456 }], { initialEpoch: 11 });
    expect(saved[0][0]).toBe('a/012-1.23-0.125-   1.235');
  });

  it('saves only what beats the best so far', async () => {
    const { saved, callback } = recording({ saveBestOnly: true });
    await runTraining([callback], valLosses(3, 4, 2, Number.NaN, 2, 1));
    expect(saved.map(([, epoch]) => epoch)).toEqual([1, 3, 6]);
  });

  it('knows that more accuracy is better, and obeys the mode', async () => {
    const model = () => new FakeModel([{ name: 'accuracy', direction: 'up' }]);
    const logs = [0.5, 0.4, 0.6, 0.3].map((valAccuracy) => ({ valAccuracy }));
    const more = recording({ saveBestOnly: true, monitor: 'valAccuracy' });
    await runTraining([more.callback], logs, { model: model() });
    expect(more.saved.map(([, epoch]) => epoch)).toEqual([1, 3]);
    const less = recording({ saveBestOnly: true, monitor: 'valAccuracy', mode: 'min' });
    await runTraining([less.callback], logs, { model: model() });
    expect(less.saved.map(([, epoch]) => epoch)).toEqual([1, 2, 4]);
  });

  it('lets the first one beat a threshold', async () => {
    const { saved, callback } = recording({ saveBestOnly: true, initialValueThreshold: 2.5 });
    await runTraining([callback], valLosses(3, 2.5, 2, 2.2));
    expect(saved.map(([, epoch]) => epoch)).toEqual([3]);
  });

  it('saves after every so many batches, counted across epochs', async () => {
    const { saved, callback } = recording({ saveFreq: 3, filepath: '{epoch}.{batch}.{loss:.1f}' });
    await runTraining([callback], valLosses(1, 1, 1), { batchLosses: (epoch) => [epoch, 0.5, 0.25, 0.75] });
    expect(saved.map(([name]) => name)).toEqual(['1.3.0.3', '2.2.0.5', '3.1.2.0', '3.4.0.8']);
  });

  it('waits until a file is written', async () => {
    const order: string[] = [];
    const callback = modelCheckpoint({
      filepath: '{epoch}',
      write: async (_, name) => {
        await Promise.resolve();
        order.push(`written ${name}`);
      },
    });
    const after = { onEpochEnd: (epoch: number) => order.push(`after ${epoch + 1}`) as unknown as undefined };
    await runTraining([callback, after], valLosses(1, 1));
    expect(order).toEqual(['written 1', 'after 1', 'written 2', 'after 2']);
  });

  it('lets errors of writing end the training', async () => {
    const callback = modelCheckpoint({
      filepath: 'm',
      write: () => {
        throw new Error('disk is full');
      },
    });
    await expect(runTraining([callback], valLosses(1))).rejects.toThrow('disk is full');
  });

  it('names what is not known', async () => {
    const place = recording({ filepath: '{epoc}' });
    await expect(runTraining([place.callback], valLosses(1))).rejects.toThrow(
      "modelCheckpoint: unknown placeholder 'epoc'; did you mean 'epoch'? Known: epoch, loss, valLoss",
    );
    const format = recording({ filepath: '{epoch:x}' });
    await expect(runTraining([format.callback], valLosses(1))).rejects.toThrow(
      "modelCheckpoint: format 'x' is not known, expected such as 02d or .3f",
    );
    const monitor = recording({ saveBestOnly: true, monitor: 'valMae' });
    await expect(runTraining([monitor.callback], [{ valMse: 1 }])).rejects.toThrow("did you mean 'valMse'?");
  });

  it('refuses options that cannot be', () => {
    expect(() => modelCheckpoint({} as ModelCheckpointOptions)).toThrow(
      'modelCheckpoint: filepath must be a file name; got undefined',
    );
    expect(() => modelCheckpoint({ filepath: 'm', saveFreq: 0 })).toThrow(
      "modelCheckpoint: saveFreq, unless 'epoch', must be a whole number of at least 1, got 0",
    );
    expect(() => modelCheckpoint({ filepath: 'm', write: 1 as never })).toThrow('write must be a function');
    expect(() => modelCheckpoint({ filepath: 'm', saveWeightsOnly: true } as never)).toThrow(
      "unknown option 'saveWeightsOnly'",
    );
  });

  it('prints when verbose', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    await runTraining([recording({ verbose: 1, saveBestOnly: true }).callback], valLosses(2, 3));
    expect(print.mock.calls).toEqual([['Epoch 1: saved m']]);
  });
});
