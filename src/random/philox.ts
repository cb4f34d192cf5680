/**
 * Philox 4x32-10, the same words as assembly/random/philox.ts gives.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 */

const M0 = 0xd2511f53 | 0;
const M1 = 0xcd9e8d57 | 0;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;

/** High 32 bits of the 64-bit product of a and 2^16 · bHigh + bLow, as a signed word. */
function highOfProduct(a: number, bHigh: number, bLow: number): number {
  const low = a & 0xffff;
  const high = a >>> 16;
  const t = (Math.imul(high, bLow) + (Math.imul(low, bLow) >>> 16)) | 0;
  const u = (Math.imul(low, bHigh) + (t & 0xffff)) | 0;
  return (Math.imul(high, bHigh) + (t >>> 16) + (u >>> 16)) | 0;
}

/** High 32 bits of the 64-bit product of two unsigned 32-bit words, as a signed word. */
export function mulHigh(a: number, b: number): number {
  return highOfProduct(a, b >>> 16, b & 0xffff);
}

/**
 * Four random words of counter (c0, c1, c2, c3) under key (k0, k1), written to `out[at … at + 3]`.
 * Words are taken modulo 2^32; `out` decides whether they come back signed or not.
 */
export function philox4x32(
  out: Uint32Array | Int32Array,
  at: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let a = c0 | 0;
  let b = c1 | 0;
  let c = c2 | 0;
  let d = c3 | 0;
  let x = k0 | 0;
  let y = k1 | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = highOfProduct(a, M0 >>> 16, M0 & 0xffff);
    const high1 = highOfProduct(c, M1 >>> 16, M1 & 0xffff);
    const low0 = Math.imul(a, M0);
    const low1 = Math.imul(c, M1);
    a = high1 ^ b ^ x;
    b = low1;
    c = high0 ^ d ^ y;
    d = low0;
    x = (x + W0) | 0;
    y = (y + W1) | 0;
  }
  out[at] = a;
  out[at + 1] = b;
  out[at + 2] = c;
  out[at + 3] = d;
}
