import { describeValue } from '../../describe.js';
import { unknownName, ValueError } from '../../errors.js';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy.js';
import { ctc } from './ctc.js';
import { hinge } from './hinge.js';
import { isLoss, type Loss, type LossConfig } from './loss.js';
import { adaptiveSoftmaxLoss, crfLoss, sampledSoftmaxLoss } from './own.js';
import { klDivergence, poisson } from './probabilistic.js';
import { cosineSimilarity, huber, logCosh, meanAbsoluteError, meanSquaredError } from './regression.js';

const FACTORIES = {
  meanSquaredError,
  meanAbsoluteError,
  huber,
  logCosh,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  klDivergence,
  poisson,
  hinge,
  cosineSimilarity,
  ctc,
  crf: crfLoss,
  sampledSoftmax: sampledSoftmaxLoss,
  adaptiveSoftmax: adaptiveSoftmaxLoss,
} as const;

/** Keras's short names. */
const ALIASES = {
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  bce: 'binaryCrossentropy',
  kld: 'klDivergence',
} as const;

type Factory = (options?: Record<string, unknown>) => Loss;
type Names = typeof FACTORIES & typeof ALIASES;

/** A loss by name, with its default options: `mse`, `binaryCrossentropy`, ... */
export type LossName = keyof Names | 'MSE' | 'MAE' | 'BCE' | 'KLD';

/** Every name that {@link lossFrom} takes, in lower case where it is short. */
export const LOSS_NAMES: readonly string[] = [...Object.keys(FACTORIES), ...Object.keys(ALIASES)];

function factory(where: string, name: string): Factory {
  const lower = name.toLowerCase();
  const full = name === lower || name === name.toUpperCase() ? own(ALIASES, lower) : undefined;
  const found = own(FACTORIES, full ?? name);
  if (found === undefined) throw unknownName(where, 'loss', name, LOSS_NAMES);
  return found as Factory;
}

function own<T extends object>(table: T, key: string): T[keyof T] | undefined {
  return Object.hasOwn(table, key) ? table[key as keyof T] : undefined;
}

/**
 * The loss that a name stands for, or the loss itself.
 *
 * @param where what an error names first, such as `compile`
 * @throws UnknownNameError naming the nearest known loss; ValueError for what is neither
 */
export function lossFrom(loss: unknown, where = 'compile'): Loss {
  if (typeof loss === 'string') return factory(where, loss)();
  if (isLoss(loss)) return loss;
  throw new ValueError(
    `${where}: loss must be a name such as 'meanSquaredError' or a loss such as huber(), got ${describeValue(loss)}`,
  );
}

/**
 * The loss that `name` and `config` of a {@link Loss} describe, as a saved model holds them.
 *
 * @throws UnknownNameError for an unknown name or option, ValueError for a value that is not allowed
 */
export function lossFromConfig(name: string, config: LossConfig, where = 'load'): Loss {
  return factory(where, name)({ ...config });
}
