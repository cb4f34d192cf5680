import type { Tensor } from '../../tensor.js';
import type { Metric } from '../metrics/metric.js';

/** Figures by name: `loss`, the metrics, and the same of validation with `val` in front (`valLoss`). */
export type Logs = Record<string, number>;

/** What callbacks may do with the model in training. */
export interface TrainableModel {
  /** Setting it ends `fit` after the batch or epoch at hand. */
  stopTraining: boolean;
  learningRate: number;
  /** Metrics in training, for callbacks whose mode is 'auto'. */
  readonly metrics?: readonly Pick<Metric, 'name' | 'direction'>[];
  getWeights(): Record<string, Tensor>;
  setWeights(weights: Record<string, Tensor>): void;
  save(): Uint8Array;
}

/** What `fit` was asked to do. */
export interface TrainingParams {
  /** Number of the epoch after the last. */
  readonly epochs: number;
  /** Batches an epoch. */
  readonly batches: number;
  /** Samples an epoch. */
  readonly samples: number;
  readonly verbose: 0 | 1 | 2;
}

/** What a callback is given each time. */
export interface CallbackContext {
  readonly model: TrainableModel;
  readonly params: TrainingParams;
}

/**
 * Something to do at points of a training. Any object with some of these methods is a callback; `fit` waits
 * where one gives a promise. Epochs and batches count from 0. What `onEpochEnd` adds to the logs is recorded.
 */
export interface Callback {
  onTrainBegin?(context: CallbackContext): void | Promise<void>;
  onEpochBegin?(epoch: number, context: CallbackContext): void | Promise<void>;
  /** The logs are means over the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs, context: CallbackContext): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, context: CallbackContext): void | Promise<void>;
  /** The logs are those of the last epoch. */
  onTrainEnd?(logs: Logs, context: CallbackContext): void | Promise<void>;
}
