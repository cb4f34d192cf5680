import { ValueError } from './errors.js';

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

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
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
    `${where}: ${name} must be a finite number${describeRange(range)}, got ${show(value)}`,
  );
}

/** The value, when it is a whole number within the range. @throws ValueError */
export function checkInteger(where: string, name: string, value: unknown, range: Range = {}): number {
  if (Number.isSafeInteger(value) && inRange(value as number, range)) return value as number;
  throw new ValueError(`${where}: ${name} must be a whole number${describeRange(range)}, got ${show(value)}`);
}

/** The value, when it is true or false. @throws ValueError */
export function checkBoolean(where: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ValueError(`${where}: ${name} must be true or false, got ${show(value)}`);
}
