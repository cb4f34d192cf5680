import { describeValue } from '../describe.js';
import { StateError, ValueError } from '../errors.js';
import type { Initializer } from '../layers/initializers/initializer.js';

/**
 * Takes the place of `layers/initializers/lookup.ts` in the bundle of `recurra/inference`: weights come from the file,
 * and how they began is only remembered.
 */
export function initializerFrom(where: string, spec: unknown): Initializer {
  const given = typeof spec === 'string' ? { name: spec } : (spec as Partial<Initializer> | null);
  if (typeof given?.name !== 'string') {
    throw new ValueError(`${where} must be an initializer, got ${describeValue(spec)}`);
  }
  return { name: given.name, config: given.config ?? {}, fill: refuse };
}

function refuse(): never {
  throw new StateError('load: weights come from the file');
}
