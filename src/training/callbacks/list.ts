import type { Callback, CallbackContext, Logs } from './callback.js';

/**
 * Calls the same method of several callbacks in order, waiting where one gives a promise. Gives a promise only
 * if one of them does, so that batches without anything to wait for go on at once.
 */
export class CallbackList {
  constructor(
    private readonly callbacks: readonly Callback[],
    private readonly context: CallbackContext,
  ) {}

  trainBegin(): void | Promise<void> {
    return this.each((callback) => callback.onTrainBegin?.(this.context));
  }

  epochBegin(epoch: number): void | Promise<void> {
    return this.each((callback) => callback.onEpochBegin?.(epoch, this.context));
  }

  batchEnd(batch: number, logs: Logs): void | Promise<void> {
    return this.each((callback) => callback.onBatchEnd?.(batch, logs, this.context));
  }

  epochEnd(epoch: number, logs: Logs): void | Promise<void> {
    return this.each((callback) => callback.onEpochEnd?.(epoch, logs, this.context));
  }

  trainEnd(logs: Logs): void | Promise<void> {
    return this.each((callback) => callback.onTrainEnd?.(logs, this.context));
  }

  private each(call: (callback: Callback) => unknown, from = 0): void | Promise<void> {
    for (let i = from; i < this.callbacks.length; i++) {
      const given = call(this.callbacks[i]);
      if (isPromise(given)) return Promise.resolve(given).then(() => this.each(call, i + 1));
    }
  }
}

/** A method written `() => list.push(x)` gives a number, which is nothing to wait for. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
