import { expect } from 'vitest';
import { gru, lstm, simpleRNN } from '../../src/index.js';
import { scaledDifference } from './gradient.js';

/** The recurrent layers by the names that the golden files use. */
export const CELLS = { simpleRNN, lstm, gru } as const;

/** Numbers of a golden file as the f32 that PyTorch was given. */
export const flat = (values: readonly number[]): Float32Array => Float32Array.from(values);

/** Fails unless `got` is within `bound` of `expected`, relative to the largest value expected. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
): void {
  expect(got.length, what).toBe(expected.length);
  expect(scaledDifference(got, expected, 0), what).toBeLessThan(bound);
}
