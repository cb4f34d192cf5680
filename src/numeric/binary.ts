/**
 * Building blocks of the elementary functions in f64. They use + − × / and the bits of a number only, so that
 * every engine gives the same bits.
 */

const view = new DataView(new ArrayBuffer(8));

/** 2^k for −1022 ≤ k ≤ 1023. */
export function powerOfTwo(k: number): number {
  view.setUint32(0, (k + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** x · 2^k, rounded once; k from −2044 to 2046. */
export function scaleByPowerOfTwo(x: number, k: number): number {
  if (k > 1023) return x * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1022) return x * powerOfTwo(k + 1022) * powerOfTwo(-1022);
  return x * powerOfTwo(k);
}

/** m and k with x = m · 2^k and √½ ≤ m < √2, for finite x > 0. */
export function splitExponent(x: number): { m: number; k: number } {
  let k = 0;
  let value = x;
  if (value < powerOfTwo(-1022)) {
    value *= powerOfTwo(54);
    k = -54;
  }
  view.setFloat64(0, value);
  const high = view.getUint32(0);
  k += (high >>> 20) - 1023;
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  const m = view.getFloat64(0);
  return m >= Math.SQRT2 ? { m: m / 2, k: k + 1 } : { m, k };
}

/** Upper half of a factor's digits (Veltkamp). */
function upperHalf(x: number): number {
  const c = 134217729 * x;
  return c - (c - x);
}

/** The rounding error of a · b: a · b − fl(a · b), exactly (Dekker). */
export function productError(a: number, b: number): number {
  const p = a * b;
  const ah = upperHalf(a);
  const al = a - ah;
  const bh = upperHalf(b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl);
}
