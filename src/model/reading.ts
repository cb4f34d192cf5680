import { describeValue } from '../describe.js';
import { FormatError } from '../errors.js';

/** A value of a file's header that is to be an object. @throws FormatError */
export function readRecord(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw unexpected(what, 'an object', value);
}

/** A value that is to be a list. @throws FormatError */
export function readList(what: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(what, 'a list', value);
}

/** A value that is to be a text. @throws FormatError */
export function readText(what: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw unexpected(what, 'a text', value);
}

/** A value that is to be true or false. @throws FormatError */
export function readFlag(what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw unexpected(what, 'true or false', value);
}

/** A value that is to be a finite number. @throws FormatError */
export function readNumber(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw unexpected(what, 'a number', value);
}

/** A value that is to be a whole number from 0 to below `end`. @throws FormatError */
export function readWhole(what: string, value: unknown, end = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < end)
    return value as number;
  const range = end === Number.MAX_SAFE_INTEGER ? 'of at least 0' : `from 0 to ${end - 1}`;
  throw unexpected(what, `a whole number ${range}`, value);
}

function unexpected(what: string, expected: string, value: unknown): FormatError {
  return new FormatError(`load: ${what}: expected ${expected}, got ${describeValue(value)}`);
}
