import { describeValue } from './describe.js';
import { unknownName, ValueError } from './errors.js';

/** Bounds of a number; `above` and `below` exclude their value. */
export interface Range {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

function describeRange({ min, above, max, below }: Range): string {
  const parts: string[] = [];
  if (min !== undefined) parts.push(`at least ${min}`);
  if (above !== undefined) parts.push(`above ${above}`);
  if (max !== undefined) parts.push(`at most ${max}`);
  if (below !== undefined) parts.push(`below ${below}`);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

function inRange(value: number, { min, above, max, below }: Range): boolean {
  return (
    (min === undefined || value >= min) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (below === undefined || value < below)
  );
}

/** The value, when it is a finite number within the range. @throws ValueError */
export function checkNumber(where: string, name: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && Number.isFinite(value) && inRange(value, range)) return value;
  throw new ValueError(
    `${where}: ${name} must be a finite number${describeRange(range)}, got ${describeValue(value)}`,
  );
}

/** The value, when it is a whole number within the range. @throws ValueError */
export function checkInteger(where: string, name: string, value: unknown, range: Range = {}): number {
  if (Number.isSafeInteger(value) && inRange(value as number, range)) return value as number;
  const bounds = describeRange(range);
  throw new ValueError(
    `${where}: ${name} must be a whole number${bounds && ` of${bounds}`}, got ${describeValue(value)}`,
  );
}

/** The value, when it is true or false. @throws ValueError */
export function checkBoolean(where: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ValueError(`${where}: ${name} must be true or false, got ${describeValue(value)}`);
}

/** The value, when it is a text that is not empty. @throws ValueError */
export function checkText(where: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ValueError(`${where}: ${name} must be a text that is not empty, got ${describeValue(value)}`);
}

/** The value, when it is one of a few words. @throws UnknownNameError; ValueError when it is no text */
export function checkWord<T extends string>(
  where: string,
  name: string,
  value: unknown,
  known: readonly T[],
): T {
  if (typeof value !== 'string') {
    const words = known.map((word) => `'${word}'`).join(', ');
    throw new ValueError(`${where}: ${name} must be one of ${words}, got ${describeValue(value)}`);
  }
  const found = known.find((word) => word === value);
  if (found === undefined) throw unknownName(where, name, value, known);
  return found;
}

/** The value, when it is a list. @throws ValueError */
export function checkList(where: string, name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ValueError(`${where}: ${name} must be a list, got ${describeValue(value)}`);
}
