import { NonFiniteLossError, ThreadError } from '../errors.js';
import { permutation } from '../random/shuffle.js';
import { augmentBatch } from './augment.js';
import { type Batch, planBatches } from './batches.js';
import type { CallbackContext, Logs } from './callbacks/callback.js';
import { CallbackList } from './callbacks/list.js';
import type { ModelTargets } from './data.js';
import { evaluateDataset } from './evaluate.js';
import { type FitOptions, type Plan, planFit } from './fit-plan.js';
import type { Model, ModelInputs } from './model.js';
import { progressBar } from './progress.js';
import type { Checkpoint, StepResult, Trainer } from './trainer.js';

/** What `model.fit` gives. */
export interface History {
  /** Numbers of the epochs run. */
  readonly epoch: number[];
  /** One value an epoch for loss and metrics; those on validation data begin with `val`. */
  readonly history: Record<string, number[]>;
}

/** The page gets the thread back at least this often. Milliseconds. */
const YIELD_AFTER = 30;

/** `valLoss` for 'loss'. */
export function validationName(name: string): string {
  return `val${name[0].toUpperCase()}${name.slice(1)}`;
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
  const run = { model, trainer, plan, batches, callbacks };
  const result: History = { epoch: [], history: {} };
  let logs: Logs = {};
  let checkpoint: Checkpoint | null = null;
  model.stopTraining = false;
  try {
    await callbacks.trainBegin();
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      await callbacks.epochBegin(epoch);
      checkpoint = trainer.checkpoint(epoch, checkpoint);
      logs = await runEpoch(run, checkpoint);
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

/** A running fit. */
interface Run {
  readonly model: Model;
  readonly trainer: Trainer;
  readonly plan: Plan;
  readonly batches: readonly Batch[];
  readonly callbacks: CallbackList;
}

async function runEpoch(run: Run, checkpoint: Checkpoint): Promise<Logs> {
  const { model, trainer, plan, batches, callbacks } = run;
  const { train } = plan;
  const order = plan.shuffle ? permutation(train.count, trainer.network.seed, trainer.epoch) : null;
  trainer.resetMetrics(true);
  let lossSum = 0;
  let seen = 0;
  let logs: Logs = {};
  let lastYield = performance.now();
  for (let b = 0; b < batches.length && !model.stopTraining; b++) {
    const { loss, broken, reason } = trainOrRestore(run, order, batches[b], checkpoint);
    const isLast = b === batches.length - 1;
    const fault = broken ?? (isLast && !trainer.memory.weightsAreFinite() ? 'weights' : null);
    if (fault !== null) {
      const value = fault === 'loss' ? loss : Number.NaN;
      trainer.restore(checkpoint);
      await stopAtNonFinite(run, checkpoint, b, fault, value, reason);
      return { loss: value };
    }
    const { count } = batches[b];
    trainer.updateMetrics(count, true);
    lossSum += loss * count;
    seen += count;
    logs = { loss: lossSum / seen, ...trainer.metricResults(true) };
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

/** One batch. When a thread is lost the model goes back to its checkpoint. */
function trainOrRestore(
  { trainer, plan }: Run,
  order: Uint32Array | null,
  { from, count }: Batch,
  checkpoint: Checkpoint,
): StepResult {
  try {
    if (plan.augment !== null) {
      const own = augmentBatch(trainer, plan.train, order, { from, count }, plan.augment);
      return trainer.trainBatch(own, null, 0, count);
    }
    return trainer.trainBatch(plan.train, order, from, count);
  } catch (error) {
    if (!(error instanceof ThreadError)) throw error;
    trainer.restore(checkpoint);
    throw new ThreadError(`fit: ${error.message}. The model has the weights ${weightsOf(checkpoint)} again`);
  }
}

/** Which weights those of a checkpoint are. */
function weightsOf({ epoch }: Checkpoint): string {
  return epoch === 0 ? 'from before the first epoch' : `of the end of epoch ${epoch}`;
}

/** Tells the callbacks; when none of them asks to stop quietly, throws. The model has gone back to its checkpoint. */
async function stopAtNonFinite(
  { model, batches, callbacks }: Run,
  checkpoint: Checkpoint,
  batch: number,
  fault: 'loss' | 'gradient' | 'weights',
  value: number,
  reason: string,
): Promise<void> {
  await callbacks.batchEnd(batch, { loss: value });
  if (model.stopTraining) return;
  const became = fault === 'loss' ? `became ${value}${reason}` : 'became NaN or infinite';
  throw new NonFiniteLossError(
    `fit: the ${fault} ${became} at epoch ${checkpoint.epoch + 1}, batch ${batch + 1} of ${batches.length}; the model has the ` +
      `weights ${weightsOf(checkpoint)} again. A smaller learningRate or clipNorm may help`,
  );
}
