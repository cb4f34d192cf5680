import { productError } from './binary.js';
import { exp } from './exp.js';
import { logPair } from './log-pair.js';

/**
 * x^y for x ≥ 0 and finite y; 0^0 = 1. The same bits on every engine.
 *
 * e^(y ln x) with the logarithm and the product in two parts. Within 1 ULP of the rounded true value (measured).
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y) || x < 0) return Number.NaN;
  if (x === 0) return y > 0 ? 0 : Number.POSITIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return y > 0 ? x : 0;
  const { high, low } = logPair(x);
  const product = y * high;
  if (product > 710) return Number.POSITIVE_INFINITY;
  if (product < -746) return 0;
  return exp(product, productError(y, high) + y * low);
}

/** x^n for a whole n ≥ 0, by repeated squaring. Relative error at most about n · 2^-53. */
export function powInteger(x: number, n: number): number {
  let result = 1;
  let square = x;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
