import { ValueError } from '../errors.js';

/** Whole number of at least 1, such as `units`. */
export function positiveInteger(where: string, name: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1) {
    throw new ValueError(`${where}: ${name} must be a whole number of at least 1, got ${String(value)}`);
  }
  return value as number;
}

/** Share of elements to drop: 0 or more, below 1. */
export function dropRate(where: string, name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) {
    throw new ValueError(`${where}: ${name} must be a number from 0 to below 1, got ${String(value)}`);
  }
  return value;
}

/** True or false. */
export function flag(where: string, name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw new ValueError(`${where}: ${name} must be true or false, got ${String(value)}`);
  }
  return value;
}

/** One of a few words. */
export function oneOf<T extends string>(where: string, name: string, value: unknown, known: readonly T[]): T {
  if (!known.includes(value as T)) {
    throw new ValueError(`${where}: ${name} must be one of ${known.join(', ')}, got ${String(value)}`);
  }
  return value as T;
}
