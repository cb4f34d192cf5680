import { unknownName } from '../../errors.js';
import { adadelta } from './adadelta.js';
import { adagrad } from './adagrad.js';
import { adam, adamW } from './adam.js';
import { adamax } from './adamax.js';
import { nadam } from './nadam.js';
import type { Optimizer } from './optimizer.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

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

/** What makes the optimizers of a name, which may be in any letter case. @throws UnknownNameError */
export function optimizerNamed(where: string, name: string): (options?: never) => Optimizer {
  const names = Object.keys(OPTIMIZERS);
  const known = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw unknownName(where, 'optimizer', name, names);
  return OPTIMIZERS[known];
}
