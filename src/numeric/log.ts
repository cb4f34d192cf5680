import { LN2_HIGH, LN2_LOW } from './exp.js';

const words = new Uint32Array(2);
const float = new Float64Array(words.buffer);

/**
 * Natural logarithm of an f64, the same bits in every engine.
 *
 * x = 2^k · (1 + f) with 1 + f in [√½, √2);  s = f / (2 + f);  ln(1 + f) = f − s · (f − P),
 * P = 2 (s²/3 + s⁴/5 + ... + s²²/23), the series of 2 artanh(s) less its first term.
 *
 * Error < 0.85 ulp (measured, LOG_MAX_ULP in its test). ln 0 = −Infinity; NaN below 0.
 */
export function log(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) {
    if (x === 0) return Number.NEGATIVE_INFINITY;
    return x > 0 ? x : Number.NaN;
  }
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54
    k = -54;
  }
  float[0] = x;
  // Adding 1 − √½ to the exponent's position puts the cut at √2.
  const high = (words[1] + (0x3ff00000 - 0x3fe6a09e)) | 0;
  k += (high >>> 20) - 1023;
  words[1] = (high & 0xfffff) + 0x3fe6a09e;
  const f = float[0] - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = 2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19 + w * (2 / 23)))));
  const even = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))));
  const p = z * (odd + z * even);
  return k * LN2_HIGH - (s * (f - p) - k * LN2_LOW - f);
}
