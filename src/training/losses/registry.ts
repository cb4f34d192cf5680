import { unknownName } from '../../errors.js';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy.js';
import { ctc } from './ctc.js';
import { hinge } from './hinge.js';
import type { Loss } from './loss.js';
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

/** Every name that {@link lossNamed} takes, in lower case where it is short. */
export const LOSS_NAMES: readonly string[] = [...Object.keys(FACTORIES), ...Object.keys(ALIASES)];

function own<T extends object>(table: T, key: string): T[keyof T] | undefined {
  return Object.hasOwn(table, key) ? table[key as keyof T] : undefined;
}

/** What makes the losses of a name. @throws UnknownNameError naming the nearest known loss */
export function lossNamed(where: string, name: string): Factory {
  const lower = name.toLowerCase();
  const full = name === lower || name === name.toUpperCase() ? own(ALIASES, lower) : undefined;
  const found = own(FACTORIES, full ?? name);
  if (found === undefined) throw unknownName(where, 'loss', name, LOSS_NAMES);
  return found as Factory;
}
