import { checkOptionNames, NonFiniteLossError } from '../../errors.js';
import type { Callback, CallbackContext, Logs } from './callback.js';

/** Options of {@link terminateOnNaN}. */
export interface TerminateOnNaNOptions {
  /** Whether to throw rather than end training quietly. Default false. */
  raiseError?: boolean;
}

/**
 * Ends training at the batch whose loss is NaN or infinite.
 *
 * @throws NonFiniteLossError during `fit` when `raiseError` is set
 */
export function terminateOnNaN(options: TerminateOnNaNOptions = {}): Callback {
  checkOptionNames('terminateOnNaN', options, ['raiseError']);
  return {
    onBatchEnd(batch: number, logs: Logs, { model }: CallbackContext): void {
      if (logs.loss === undefined || Number.isFinite(logs.loss)) return;
      model.stopTraining = true;
      if (options.raiseError) {
        throw new NonFiniteLossError(`terminateOnNaN: loss is ${logs.loss} at batch ${batch}`);
      }
    },
  };
}
