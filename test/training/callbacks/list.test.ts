import { describe, expect, it } from 'vitest';
import { NonFiniteLossError } from '../../../src/errors.js';
import { type Callback, CallbackList, terminateOnNaN } from '../../../src/training/callbacks/index.js';
import { FakeModel, runTraining, valLosses } from '../../harness/fake-training.js';

const params = { epochs: 1, batches: 1, samples: 1, verbose: 0 as const };

describe('CallbackList', () => {
  it('calls in order with what each method is due', async () => {
    const calls: unknown[][] = [];
    const callback = (id: string): Callback => ({
      onTrainBegin: (context) => void calls.push([id, 'begin', context.params.samples]),
      onEpochBegin: (epoch) => void calls.push([id, 'epoch', epoch]),
      onBatchEnd: (batch, logs) => void calls.push([id, 'batch', batch, logs.loss]),
      onEpochEnd: (epoch, logs) => void calls.push([id, 'end', epoch, logs.valLoss]),
      onTrainEnd: (logs) => void calls.push([id, 'done', logs.valLoss]),
    });
    await runTraining([callback('a'), {}, callback('b')], valLosses(3), { batchLosses: () => [7, 8] });
    expect(calls).toEqual([
      ['a', 'begin', 8],
      ['b', 'begin', 8],
      ['a', 'epoch', 0],
      ['b', 'epoch', 0],
      ['a', 'batch', 0, 7],
      ['b', 'batch', 0, 7],
      ['a', 'batch', 1, 8],
      ['b', 'batch', 1, 8],
      ['a', 'end', 0, 3],
      ['b', 'end', 0, 3],
      ['a', 'done', 3],
      ['b', 'done', 3],
    ]);
  });

  it('keeps `this` and passes on what a callback adds to the logs', async () => {
    class Counter implements Callback {
      count = 0;
      onEpochEnd(_epoch: number, logs: Record<string, number>): void {
        logs.count = ++this.count;
      }
    }
    const run = await runTraining([new Counter()], valLosses(3, 2));
    expect(run.history.map((logs) => logs.count)).toEqual([1, 2]);
  });

  it('gives a promise only where a callback does, and waits before the next', async () => {
    const order: number[] = [];
    const slow: Callback = {
      onEpochEnd: async () => {
        await Promise.resolve();
        order.push(1);
      },
    };
    const quick: Callback = {
      onBatchEnd: () => void order.push(0),
      onEpochEnd: () => order.push(2) as unknown as undefined,
    };
    const list = new CallbackList([slow, quick, slow], { model: new FakeModel(), params });
    expect(list.batchEnd(0, {})).toBeUndefined();
    const pending = list.epochEnd(0, {});
    expect(pending).toBeInstanceOf(Promise);
    expect(order).toEqual([0]);
    await pending;
    expect(order).toEqual([0, 1, 2, 1]);
  });
});

describe('terminateOnNaN', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('ends training at a loss of %d', async (bad) => {
    const batches: number[] = [];
    const watch: Callback = { onBatchEnd: (batch) => void batches.push(batch) };
    const run = await runTraining([terminateOnNaN(), watch], valLosses(1, 1, 1), {
      batchLosses: (epoch) => (epoch === 1 ? [1, bad, 1] : [1]),
    });
    expect(run.epochs).toBe(2);
    expect(batches).toEqual([0, 0, 1]);
  });

  it('throws if asked to', async () => {
    const run = runTraining([terminateOnNaN({ raiseError: true })], valLosses(1), {
      batchLosses: () => [1, Number.NaN],
    });
    await expect(run).rejects.toThrow(new NonFiniteLossError('terminateOnNaN: loss is NaN at batch 1'));
  });
});
