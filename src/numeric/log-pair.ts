import { productError, splitExponent } from './binary.js';
import { LN2_HIGH, LN2_LOW } from './exp.js';

/** 2/n for n = 3, 5, … 23; what follows is below 2^-59 of the sum for |s| ≤ 0.1716. */
const COEFFICIENTS = [3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23].map((n) => 2 / n);

/**
 * ln x as high + low, for finite x > 0; the same bits on every engine. For powers; `log` is the quick one.
 *
 * x = m · 2^k, s = (m − 1) / (m + 1), ln m = 2 (s + s³/3 + s⁵/5 + …). Relative error of the pair below 2^-57.
 */
export function logPair(x: number): { high: number; low: number } {
  const { m, k } = splitExponent(x);
  const numerator = m - 1;
  const denominator = m + 1;
  const denominatorLow = m - (denominator - 1);
  const s = numerator / denominator;
  const product = s * denominator;
  const rest = numerator - product - productError(s, denominator) - s * denominatorLow;
  const sLow = rest / denominator;
  const s2 = s * s;
  let series = 0;
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) series = series * s2 + COEFFICIENTS[i];
  const small = k * LN2_LOW + (2 * sLow + s * s2 * series);
  const whole = k * LN2_HIGH;
  const sum = whole + 2 * s;
  const carried = sum - whole;
  const error = whole - (sum - carried) + (2 * s - carried);
  const low = error + small;
  const high = sum + low;
  return { high, low: sum - high + low };
}
