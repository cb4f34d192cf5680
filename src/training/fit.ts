import { checkOptionNames, NonFiniteLossError, ThreadError, ValueError } from '../errors.js';
import { checkBatchSize } from '../model/network.js';
import { permutation } from '../random/shuffle.js';
import type { TensorLike } from '../tensor.js';
import { type Batch, planBatches, validationSplitAt } from './batches.js';
import type { Callback, CallbackContext, Logs } from './callbacks/callback.js';
import { CallbackList } from './callbacks/list.js';
import type { ClassWeight } from './class-weight.js';
import { type Dataset, type ModelTargets, resolveData, sliceDataset } from './data.js';
import { evaluateDataset } from './evaluate.js';
import { LastFinite } from './last-finite.js';
import type { Model, ModelInputs } from './model.js';
import { progressBar } from './progress.js';
import type { Trainer } from './trainer.js';

/** Options of `model.fit`. Names and defaults are Keras's. */
export interface FitOptions {
  /** Number at which to stop counting epochs; `epochs − initialEpoch` are run. Default 1. */
  epochs?: number;
  /** Samples per update. Default 32. */
  batchSize?: number;
  /** True shuffles the samples before each epoch, by the model's seed. Default true. */
  shuffle?: boolean;
  /** Inputs, targets and perhaps sample weights to evaluate after each epoch. */
  validationData?: readonly [ModelInputs, ModelTargets, TensorLike?];
  /** Share of the samples, taken from the end, to evaluate after each epoch instead. */
  validationSplit?: number;
  /** Weight of each sample, or of each time step, in the loss. */
  sampleWeight?: TensorLike;
  /** Weight of each class in the loss. */
  classWeight?: ClassWeight;
  /** Epoch to begin counting at. Default 0. */
  initialEpoch?: number;
  /** What is told of epochs and batches, in order. */
  callbacks?: readonly Callback[];
  /** 0 silent, 1 a progress bar (one line an epoch when piped), 2 one line an epoch. Default 1. */
  verbose?: 0 | 1 | 2;
  /** False skips the search for NaN and Infinity in the data. Default true. */
  checkFinite?: boolean;
}

/** What `model.fit` gives. */
export interface History {
  /** Numbers of the epochs run. */
  readonly epoch: number[];
  /** One value an epoch for loss and metrics; those on validation data begin with `val`. */
  readonly history: Record<string, number[]>;
}

const OPTION_NAMES: readonly (keyof FitOptions)[] = [
  'epochs',
  'batchSize',
  'shuffle',
  'validationData',
  'validationSplit',
  'sampleWeight',
  'classWeight',
  'initialEpoch',
  'callbacks',
  'verbose',
  'checkFinite',
];

/** The page gets the thread back at least this often. Milliseconds. */
const YIELD_AFTER = 30;

/** `valLoss` for 'loss'. */
export function validationName(name: string): string {
  return `val${name[0].toUpperCase()}${name.slice(1)}`;
}

function wholeNumber(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0) {
    throw new ValueError(`fit: ${name} must be a whole number of at least 0, got ${String(value)}`);
  }
  return value;
}

interface Plan {
  readonly train: Dataset;
  readonly validation: Dataset | null;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly callbacks: readonly Callback[];
  readonly verbose: 0 | 1 | 2;
}

/** Checks everything before anything is changed. */
function planFit(trainer: Trainer, x: ModelInputs, y: ModelTargets, options: FitOptions): Plan {
  checkOptionNames('fit', options, OPTION_NAMES);
  const { epochs = 1, batchSize = 32, shuffle = true, initialEpoch = 0 } = options;
  const { callbacks = [], verbose = 1, checkFinite = true } = options;
  checkBatchSize('fit', batchSize);
  const { graph } = trainer.network;
  const { losses } = trainer.compiled;
  const { sampleWeight, classWeight, validationData, validationSplit } = options;
  const all = resolveData('fit', graph, losses, x, y, { sampleWeight, classWeight, checkFinite });
  let train = all;
  let validation: Dataset | null = null;
  if (validationData !== undefined) {
    const [vx, vy, vw] = validationData;
    validation = resolveData('fit: validationData', graph, losses, vx, vy, { sampleWeight: vw, checkFinite });
  } else if (validationSplit !== undefined && validationSplit !== 0) {
    const at = validationSplitAt(all.count, validationSplit);
    train = sliceDataset(all, 0, at);
    validation = sliceDataset(all, at, all.count);
  }
  const counts = validation === null ? [train.count] : [train.count, validation.count];
  trainer.network.carried.checkBatches('fit', counts, batchSize);
  return {
    train,
    validation,
    epochs: wholeNumber('epochs', epochs),
    initialEpoch: wholeNumber('initialEpoch', initialEpoch),
    batchSize,
    shuffle,
    callbacks,
    verbose,
  };
}

/** The batch sizes that occur. */
function sizesOf(batches: readonly Batch[]): Set<number> {
  return new Set(batches.map(({ count }) => count));
}

/** The loop behind `model.fit`. */
export async function runFit(
  model: Model,
  trainer: Trainer,
  x: ModelInputs,
  y: ModelTargets,
  options: FitOptions,
): Promise<History> {
  const plan = planFit(trainer, x, y, options);
  const { train, validation, batchSize, epochs, initialEpoch } = plan;
  const batches = planBatches(train.count, batchSize);
  for (const count of sizesOf(batches)) trainer.prepare(train, count, true);
  if (validation !== null) {
    const sizes = sizesOf(planBatches(validation.count, batchSize));
    for (const count of sizes) trainer.prepare(validation, count, false);
  }
  const params = { epochs, batches: batches.length, samples: train.count, verbose: plan.verbose };
  const ctx: CallbackContext = { model, params };
  const bar = progressBar();
  const callbacks = new CallbackList([bar, ...plan.callbacks], ctx);
  const result: History = { epoch: [], history: {} };
  const lastFinite = new LastFinite(trainer);
  let logs: Logs = {};
  model.stopTraining = false;
  try {
    await callbacks.trainBegin();
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      await callbacks.epochBegin(epoch);
      lastFinite.keep(epoch);
      logs = await runEpoch(trainer, plan, batches, epoch, lastFinite, callbacks, model);
      if (validation !== null) {
        const valued = evaluateDataset(trainer, validation, batchSize);
        for (const [name, value] of Object.entries(valued)) logs[validationName(name)] = value;
      }
      await callbacks.epochEnd(epoch, logs);
      result.epoch.push(epoch);
      for (const [name, value] of Object.entries(logs)) {
        result.history[name] ??= [];
        result.history[name].push(value);
      }
    }
    await callbacks.trainEnd(logs);
  } finally {
    bar.close();
  }
  return result;
}

async function runEpoch(
  trainer: Trainer,
  plan: Plan,
  batches: readonly Batch[],
  epoch: number,
  lastFinite: LastFinite,
  callbacks: CallbackList,
  model: Model,
): Promise<Logs> {
  const { train } = plan;
  const order = plan.shuffle ? permutation(train.count, trainer.network.seed, trainer.epoch) : null;
  trainer.resetMetrics();
  let lossSum = 0;
  let seen = 0;
  let logs: Logs = {};
  let lastYield = performance.now();
  for (let b = 0; b < batches.length && !model.stopTraining; b++) {
    const loss = trainOrRestore(trainer, train, order, batches[b], lastFinite);
    if (!Number.isFinite(loss)) {
      const since = lastFinite.restore();
      const place = `epoch ${epoch + 1}, batch ${b + 1} of ${batches.length}`;
      await stopAtNonFinite(loss, b, place, since, callbacks, model);
      return { loss };
    }
    const { count } = batches[b];
    trainer.updateMetrics(train, count, true);
    lossSum += loss * count;
    seen += count;
    logs = { loss: lossSum / seen, ...trainer.metricResults() };
    const waiting = callbacks.batchEnd(b, logs);
    if (waiting !== undefined) await waiting;
    if (performance.now() - lastYield > YIELD_AFTER) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      lastYield = performance.now();
    }
  }
  trainer.epoch++;
  return logs;
}

/** One batch. When a thread is lost the weights from before the epoch come back. */
function trainOrRestore(
  trainer: Trainer,
  train: Dataset,
  order: Uint32Array | null,
  { from, count }: Batch,
  lastFinite: LastFinite,
): number {
  try {
    return trainer.trainBatch(train, order, from, count);
  } catch (error) {
    if (!(error instanceof ThreadError)) throw error;
    const since = lastFinite.restore();
    throw new ThreadError(`fit: ${error.message}. The model has the weights ${endOf(since)} again`);
  }
}

/** Which weights those after so many epochs are. */
function endOf(epochs: number): string {
  return epochs === 0 ? 'from before the first epoch' : `of the end of epoch ${epochs}`;
}

/** Tells the callbacks; when none of them asks to stop quietly, throws. The weights have been restored. */
async function stopAtNonFinite(
  loss: number,
  batch: number,
  place: string,
  since: number,
  callbacks: CallbackList,
  model: Model,
): Promise<void> {
  await callbacks.batchEnd(batch, { loss });
  if (model.stopTraining) return;
  throw new NonFiniteLossError(
    `fit: the loss became ${loss} at ${place}; the model has the weights ${endOf(since)} again. ` +
      'A smaller learningRate or clipNorm may help',
  );
}
