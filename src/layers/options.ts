import { checkBoolean, checkInteger, checkText } from '../check.js';
import { describeValue } from '../describe.js';
import { ValueError } from '../errors.js';

/**
 * What messages call a layer: the name that its options give it, else its type. Checks that the options are an
 * object and what every layer takes: `name` and `trainable`.
 */
export function layerLabel(type: string, options: unknown): string {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ValueError(`${type}: options must be an object, got ${describeValue(options)}`);
  }
  const { name, trainable } = options as { name?: unknown; trainable?: unknown };
  const label = name === undefined ? type : checkText(type, 'name', name);
  if (trainable !== undefined) checkBoolean(label, 'trainable', trainable);
  return label;
}

/** Whole number of at least 1, such as `units`. */
export function positiveInteger(where: string, name: string, value: unknown): number {
  return checkInteger(where, name, value, { min: 1 });
}

/** Share of elements to drop: 0 or more, below 1. */
export function dropRate(where: string, name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) {
    throw new ValueError(`${where}: ${name} must be a number from 0 to below 1, got ${describeValue(value)}`);
  }
  return value;
}

export { checkBoolean as flag, checkWord as oneOf } from '../check.js';
