import { checkOptionNames, ValueError } from '../../errors.js';
import type { Callback, CallbackContext, Logs } from './callback.js';

/** Options of {@link learningRateScheduler}. */
export interface LearningRateSchedulerOptions {
  /** 1 prints a line every epoch. Default 0. */
  verbose?: 0 | 1;
}

/**
 * Sets the learning rate at the beginning of every epoch. Adds `learningRate` to the logs.
 *
 * @param schedule gives the learning rate from the number of the epoch, from 0, and the learning rate at hand
 * @throws ValueError during `fit` when the schedule gives anything but a finite number, 0 or more
 */
export function learningRateScheduler(
  schedule: (epoch: number, learningRate: number) => number,
  options: LearningRateSchedulerOptions = {},
): Callback {
  const where = 'learningRateScheduler';
  checkOptionNames(where, options, ['verbose']);
  if (typeof schedule !== 'function') {
    throw new ValueError(`${where}: schedule must be a function of epoch and learning rate; got ${schedule}`);
  }
  return {
    onEpochBegin(epoch: number, { model }: CallbackContext): void {
      const rate = schedule(epoch, model.learningRate);
      if (!(typeof rate === 'number' && rate >= 0 && rate < Number.POSITIVE_INFINITY)) {
        throw new ValueError(
          `${where}: schedule gave ${rate} for epoch ${epoch}, expected a finite number, 0 or more`,
        );
      }
      model.learningRate = rate;
      if (options.verbose) console.log(`Epoch ${epoch + 1}: learning rate set to ${rate}`);
    },
    onEpochEnd(_epoch: number, logs: Logs, { model }: CallbackContext): void {
      logs.learningRate = model.learningRate;
    },
  };
}
