import { madd, nmadd } from "../simd";

/**
 * σ(x) = e^x / (1 + e^x),   e^x = 2^n (S + h) / (S − h),   S = h·coth h,   h = (x − n·ln 2) / 2
 *      = 2^n (S + h) / (2^n (S + h) + (S − h)): one division
 * S is 1 + h²/3 − h⁴/45 + …, minimax in h², |h| ≤ ln 2 / 4. Both sides of the fraction carry a factor
 * 2^64, so that very negative x keep their relative accuracy down to the subnormals. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  // pmin(a, b) is b < a ? b : a: a NaN in the first operand is kept.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(40)), f32x4.splat(-104));
  // Adding 1.5 · 2^23 + 64 rounds to an integer and leaves it, plus 64, in the low bits.
  const t = madd(x, f32x4.splat(1.44269504), f32x4.splat(12582976));
  const n = f32x4.sub(t, f32x4.splat(12582976));
  // r = 2h; s = 2S
  const r = nmadd(n, f32x4.splat(1.42860682e-6), nmadd(n, f32x4.splat(0.693145751953125), x));
  const u = f32x4.mul(r, r);
  const s = madd(madd(u, f32x4.splat(-0.00276598614814), f32x4.splat(0.166666177046)), u, f32x4.splat(2));
  const up = i32x4.add(f32x4.add(s, r), i32x4.shl(t, 23));
  const down = f32x4.mul(f32x4.sub(s, r), f32x4.splat(18446744073709551616.0)); // a NaN survives here
  return f32x4.div(up, f32x4.add(up, down));
}
