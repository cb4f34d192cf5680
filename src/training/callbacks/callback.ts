import type { Tensor } from '../../tensor.js';
import type { Metric } from '../metrics/metric.js';

/** Figures by name: `loss`, the metrics, and the same of validation with `val` in front (`valLoss`). */
export type Logs = Record<string, number>;

/** What callbacks may do with the model in training. */
export interface TrainableModel {
  /** Setting it ends `fit` after the batch or epoch at hand. */
  stopTraining: boolean;
  /** Of the optimizer, for the steps to come. */
  learningRate: number;
  /** Metrics in training, for callbacks whose mode is 'auto'. */
  readonly metrics?: readonly Pick<Metric, 'name' | 'direction'>[];
  /** Copies of all weights by name. */
  getWeights(): Record<string, Tensor>;
  /** Puts weights in the place of those there are. */
  setWeights(weights: Record<string, Tensor>): void;
  /** The whole model as bytes, optimizer included. */
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
  /** How much is shown: 0 nothing, 1 a bar, 2 a line an epoch. */
  readonly verbose: 0 | 1 | 2;
}

/** What a callback is given each time. */
export interface CallbackContext {
  /** The model in training. */
  readonly model: TrainableModel;
  /** What `fit` was asked to do. */
  readonly params: TrainingParams;
}

/**
 * Something to do at points of a training. Any object with some of these methods is a callback; `fit` waits
 * where one gives a promise. Epochs and batches count from 0. What `onEpochEnd` adds to the logs is recorded.
 */
export interface Callback {
  /** Before the first epoch. */
  onTrainBegin?(context: CallbackContext): void | Promise<void>;
  /** Before the first batch of an epoch. */
  onEpochBegin?(epoch: number, context: CallbackContext): void | Promise<void>;
  /** After every batch. The logs are means over the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs, context: CallbackContext): void | Promise<void>;
  /** After the last batch of an epoch and its validation. */
  onEpochEnd?(epoch: number, logs: Logs, context: CallbackContext): void | Promise<void>;
  /** After the last epoch, whose logs it is given. */
  onTrainEnd?(logs: Logs, context: CallbackContext): void | Promise<void>;
}
