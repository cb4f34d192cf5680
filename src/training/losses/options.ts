import { describeValue } from '../../describe.js';
import { ValueError } from '../../errors.js';

/** A finite number above zero, or a ValueError. */
export function positive(where: string, option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new ValueError(`${where}: ${option} is ${describeValue(value)}, expected a finite number above 0`);
}

/** A number in [0, 1], or a ValueError. */
export function fraction(where: string, option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new ValueError(`${where}: ${option} is ${describeValue(value)}, expected a number in [0, 1]`);
}

/** A boolean, or a ValueError. */
export function flag(where: string, option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ValueError(`${where}: ${option} is ${describeValue(value)}, expected true or false`);
}

/** A whole number that f32 holds exactly, or a ValueError. */
export function wholeNumber(where: string, option: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 24)
    return value as number;
  throw new ValueError(
    `${where}: ${option} is ${describeValue(value)}, expected a whole number from 0 to below 2^24`,
  );
}

/** An integer that f32 holds exactly, null, or a ValueError. */
export function optionalInteger(where: string, option: string, value: unknown): number | null {
  if (value === null || (Number.isInteger(value) && Math.abs(value as number) <= 2 ** 24)) {
    return value as number | null;
  }
  throw new ValueError(
    `${where}: ${option} is ${describeValue(value)}, expected an integer from -2^24 to 2^24, or null`,
  );
}
