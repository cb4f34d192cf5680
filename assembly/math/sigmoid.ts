import { madd, nmadd } from "../simd";

/**
 * σ(x) = e^x / (1 + e^x),   e^x = 2^n (S + h) / (S − h),   S = h·coth h,   h = (x − n·ln 2) / 2
 *      = 2^n (S + h) / (2^n (S + h) + (S − h)): one division
 * S is 1 + h²/3 − h⁴/45 + …, minimax in h², |h| ≤ ln 2 / 4. Both sides of the fraction carry a factor
 * 2^64, so that very negative x keep their relative accuracy down to the subnormals. NaN stays NaN.
 * Error over all floats: 2.44 ULP (SIGMOID_MAX_ULP).
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  // pmin(a, b) is b < a ? b : a: a NaN in the first operand is kept.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(40)), f32x4.splat(-104));
  const t = shifted(x);
  const r = rest(t, x);
  const s = even(r);
  const up = growing(t, r, s);
  return f32x4.div(up, f32x4.add(up, falling(r, s)));
}

/** w·σ(x) rounded once at the end, also where σ(x) alone is subnormal;   |w| ≤ 2^20, x ≤ 40. */
// @ts-ignore: decorator
@inline
export function times_sigmoid(w: v128, x: v128): v128 {
  x = f32x4.pmax(x, f32x4.splat(-110));
  const t = shifted(x);
  const r = rest(t, x);
  const s = even(r);
  const up = growing(t, r, s);
  return f32x4.div(f32x4.mul(w, up), f32x4.add(up, falling(r, s)));
}

/** Adding 1.5 · 2^23 + 64 rounds x / ln 2 and leaves n + 64 in the low bits. */
// @ts-ignore: decorator
@inline
function shifted(x: v128): v128 {
  return madd(x, f32x4.splat(1.44269504), f32x4.splat(12582976));
}

/** 2h = x − n·ln 2, ln 2 in two parts, the first times n without rounding. */
// @ts-ignore: decorator
@inline
function rest(t: v128, x: v128): v128 {
  const n = f32x4.sub(t, f32x4.splat(12582976));
  return nmadd(n, f32x4.splat(1.42860682e-6), nmadd(n, f32x4.splat(0.693145751953125), x));
}

/** 2S */
// @ts-ignore: decorator
@inline
function even(r: v128): v128 {
  const u = f32x4.mul(r, r);
  return madd(madd(u, f32x4.splat(-0.00276598614), f32x4.splat(0.166666177)), u, f32x4.splat(2));
}

/** 2^(n+65) (S + h): n + 64 goes straight into the exponent. */
// @ts-ignore: decorator
@inline
function growing(t: v128, r: v128, s: v128): v128 {
  return i32x4.add(f32x4.add(s, r), i32x4.shl(t, 23));
}

/** 2^65 (S − h), by a product: it keeps the NaN that the integer sum above destroys. */
// @ts-ignore: decorator
@inline
function falling(r: v128, s: v128): v128 {
  return f32x4.mul(f32x4.sub(s, r), f32x4.splat(18446744073709551616.0));
}
