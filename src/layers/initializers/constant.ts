import { checkNumber } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { formatShape, sizeOf } from '../../shape.js';
import type { Initializer } from './initializer.js';

/** All 0. */
export function zeros(options: Record<never, never> = {}): Initializer {
  checkOptionNames('zeros', options, []);
  return { name: 'zeros', config: {}, fill: (shape) => new Float32Array(sizeOf(shape)) };
}

/** All 1. */
export function ones(options: Record<never, never> = {}): Initializer {
  checkOptionNames('ones', options, []);
  return { name: 'ones', config: {}, fill: (shape) => new Float32Array(sizeOf(shape)).fill(1) };
}

/** All `value`; default 0. `constant(0.5)` and `constant({ value: 0.5 })` are the same. @throws ValueError */
export function constant(options: number | { value?: number } = {}): Initializer {
  const given = typeof options === 'number' ? { value: options } : options;
  checkOptionNames('constant', given, ['value']);
  const value = checkNumber('constant', 'value', given.value ?? 0);
  return {
    name: 'constant',
    config: { value },
    fill: (shape) => new Float32Array(sizeOf(shape)).fill(value),
  };
}

/** `gain` (default 1) on the diagonal of a matrix, 0 elsewhere. @throws ValueError: options; fill: rank not 2 */
export function identity(options: { gain?: number } = {}): Initializer {
  checkOptionNames('identity', options, ['gain']);
  const gain = checkNumber('identity', 'gain', options.gain ?? 1);
  return {
    name: 'identity',
    config: { gain },
    fill(shape) {
      if (shape.length !== 2)
        throw new ValueError(
          `identity: expected a weight of shape [rows, columns], got ${formatShape(shape)}`,
        );
      const out = new Float32Array(sizeOf(shape));
      for (let i = 0; i < Math.min(shape[0], shape[1]); i++) out[i * shape[1] + i] = gain;
      return out;
    },
  };
}
