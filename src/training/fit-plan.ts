import { checkBoolean, checkInteger, checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ValueError } from '../errors.js';
import type { Lengths } from '../model/lengths.js';
import type { TensorLike } from '../tensor.js';
import type { Augment } from './augment.js';
import { validationSplitAt } from './batches.js';
import type { Callback } from './callbacks/callback.js';
import { checkCallbacks } from './callbacks/check.js';
import type { ClassWeight } from './class-weight.js';
import { type Dataset, type ModelTargets, resolveData, sliceDataset, withClassWeight } from './data.js';
import type { ModelInputs } from './model.js';
import type { Trainer } from './trainer.js';

/** Options of `model.fit`. Names and defaults are Keras's. */
export interface FitOptions {
  /** Number at which to stop counting epochs; `epochs − initialEpoch` are run. Default 1. */
  epochs?: number;
  /** Samples per update. Default 32. */
  batchSize?: number;
  /** True shuffles the samples before each epoch, by the model's seed. Default true. */
  shuffle?: boolean;
  /** Inputs, targets and perhaps sample weights and lengths to evaluate after each epoch. */
  validationData?: readonly [ModelInputs, ModelTargets, (TensorLike | null)?, Lengths?];
  /** Share of the samples, taken from the end, to evaluate after each epoch. Not beside validationData. */
  validationSplit?: number;
  /** Weight of each sample, or of each time step, in the loss. */
  sampleWeight?: TensorLike;
  /** Steps of each sample that count, one number a sample; by name of input where there are several. */
  lengths?: Lengths;
  /** Weight of each class in the loss. */
  classWeight?: ClassWeight;
  /** Epoch to begin counting at. Default 0. */
  initialEpoch?: number;
  /** What is told of epochs and batches, in order. */
  callbacks?: readonly Callback[];
  /** Changes the inputs of each batch before it is trained on. Default: nothing does. */
  augment?: Augment;
  /** 0 silent, 1 a progress bar (one line an epoch when piped), 2 one line an epoch. Default 1. */
  verbose?: 0 | 1 | 2;
  /** False skips the search for NaN and Infinity in the data. Default true. */
  checkFinite?: boolean;
}

const OPTION_NAMES: readonly (keyof FitOptions)[] = [
  'epochs',
  'batchSize',
  'shuffle',
  'validationData',
  'validationSplit',
  'sampleWeight',
  'lengths',
  'classWeight',
  'initialEpoch',
  'callbacks',
  'augment',
  'verbose',
  'checkFinite',
];

/** What `fit` is to do, all of it checked. */
export interface Plan {
  readonly train: Dataset;
  readonly validation: Dataset | null;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly callbacks: readonly Callback[];
  readonly augment: Augment | null;
  readonly verbose: 0 | 1 | 2;
}

/**
 * Checks everything before anything is changed.
 * @throws ValueError, UnknownNameError, ShapeError, DataError
 */
export function planFit(trainer: Trainer, x: ModelInputs, y: ModelTargets, options: FitOptions): Plan {
  checkOptionNames('fit', options, OPTION_NAMES);
  const { epochs = 1, batchSize = 32, shuffle = true, initialEpoch = 0 } = options;
  const { callbacks = [], verbose = 1 } = options;
  checkInteger('fit', 'batchSize', batchSize, { min: 1 });
  const plan = {
    epochs: checkInteger('fit', 'epochs', epochs, { min: 0 }),
    initialEpoch: checkInteger('fit', 'initialEpoch', initialEpoch, { min: 0 }),
    batchSize,
    shuffle: checkBoolean('fit', 'shuffle', shuffle),
    callbacks: checkCallbacks('fit', callbacks),
    augment: checkAugment(options.augment),
    verbose: checkVerbose(verbose),
    ...splitData(trainer, x, y, options),
  };
  const sets = plan.validation === null ? [plan.train] : [plan.train, plan.validation];
  const counts = sets.map(({ count }) => count);
  trainer.network.carried.checkBatches('fit', counts, batchSize);
  return plan;
}

function checkAugment(augment: unknown): Augment | null {
  if (augment === undefined) return null;
  if (typeof augment === 'function') return augment as Augment;
  throw new ValueError(`fit: augment must be a function, got ${describeValue(augment)}`);
}

function checkVerbose(verbose: unknown): 0 | 1 | 2 {
  if (verbose === 0 || verbose === 1 || verbose === 2) return verbose;
  throw new ValueError(`fit: verbose must be 0, 1 or 2, got ${describeValue(verbose)}`);
}

/** The data to train on, and that to validate with. Weights of classes are for training alone, as in Keras. */
function splitData(
  trainer: Trainer,
  x: ModelInputs,
  y: ModelTargets,
  options: FitOptions,
): Pick<Plan, 'train' | 'validation'> {
  const { sampleWeight, lengths, classWeight, validationData, validationSplit = 0 } = options;
  const checkFinite = checkBoolean('fit', 'checkFinite', options.checkFinite ?? true);
  const { graph } = trainer.network;
  const { losses } = trainer.compiled;
  const all = resolveData('fit', graph, losses, x, y, { sampleWeight, lengths, checkFinite });
  const weighted = (data: Dataset): Dataset => withClassWeight('fit', data, classWeight);
  if (validationData !== undefined) {
    if (validationSplit !== 0) {
      throw new ValueError('fit: only one of validationData and validationSplit can be given');
    }
    const parts = checkList('fit', 'validationData', validationData);
    if (parts.length < 2 || parts.length > 4) {
      throw new ValueError(
        `fit: validationData must be inputs, targets and perhaps sample weights and lengths, got ${describeValue(parts)}`,
      );
    }
    const [vx, vy, vw, vl] = validationData;
    const where = 'fit: validationData';
    const data = resolveData(where, graph, losses, vx, vy, {
      sampleWeight: vw ?? undefined,
      lengths: vl,
      checkFinite,
    });
    return { train: weighted(all), validation: data };
  }
  if (validationSplit === 0) return { train: weighted(all), validation: null };
  const at = validationSplitAt(all.count, validationSplit);
  return { train: weighted(sliceDataset(all, 0, at)), validation: sliceDataset(all, at, all.count) };
}
