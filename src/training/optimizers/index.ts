import { describeValue } from '../../describe.js';
import { unknownName, ValueError } from '../../errors.js';
import type { Serialized } from '../schedules/index.js';
import { adadelta } from './adadelta.js';
import { adagrad } from './adagrad.js';
import { adam, adamW } from './adam.js';
import { adamax } from './adamax.js';
import { nadam } from './nadam.js';
import { Optimizer } from './optimizer.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

export { type AdadeltaOptions, adadelta } from './adadelta.js';
export { type AdagradOptions, adagrad } from './adagrad.js';
export { type AdamOptions, adam, adamW } from './adam.js';
export { type AdamaxOptions, adamax } from './adamax.js';
export { type NadamOptions, nadam } from './nadam.js';
export { HYPER_FLOATS, Optimizer, type OptimizerOptions, type OptimizerState } from './optimizer.js';
export { type RmspropOptions, rmsprop } from './rmsprop.js';
export { type SgdOptions, sgd } from './sgd.js';

const OPTIMIZERS: Readonly<Record<string, (options?: never) => Optimizer>> = {
  sgd,
  adam,
  adamW,
  rmsprop,
  adagrad,
  adadelta,
  adamax,
  nadam,
};

/**
 * An optimizer as users and files give it: one that exists, a name in any letter case ('adam'), or a saved
 * `{ name, config }`.
 *
 * @throws UnknownNameError, ValueError
 */
export function optimizerFrom(spec: unknown): Optimizer {
  if (spec instanceof Optimizer) return spec;
  const name: unknown = typeof spec === 'string' ? spec : (spec as Partial<Serialized> | null)?.name;
  if (typeof name !== 'string') {
    throw new ValueError(
      `compile: optimizer must be a name or an optimizer such as adam(), got ${describeValue(spec)}`,
    );
  }
  const names = Object.keys(OPTIMIZERS);
  const known = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw unknownName('compile', 'optimizer', name, names);
  return OPTIMIZERS[known]((typeof spec === 'string' ? {} : (spec as Serialized).config) as never);
}
