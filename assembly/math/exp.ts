import { madd, nmadd } from "../simd";

/**
 * e^x = 2^n · e^r,   n = round(x / ln 2),   r = x − n·ln 2,   |r| ≤ ln 2 / 2
 * Overflows to Infinity above 88.72, reaches 0 below −103.97; NaN stays NaN.
 * Error over all floats: 0.98 ULP (EXP_MAX_ULP).
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin(a, b) is b < a ? b : a: a NaN in the first operand is kept.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  const t = exp_shifted(x);
  return exp_scaled(t, exp_rest(t, x));
}

/** 1.5 · 2^23 + n: adding the big constant rounds x / ln 2 and leaves n in the low bits. */
// @ts-ignore: decorator
@inline
export function exp_shifted(x: v128): v128 {
  return madd(x, f32x4.splat(1.44269504), f32x4.splat(12582912));
}

/** r = x − n·ln 2 for t = exp_shifted(x); ln 2 in two parts, the first times n without rounding. */
// @ts-ignore: decorator
@inline
export function exp_rest(t: v128, x: v128): v128 {
  const n = f32x4.sub(t, f32x4.splat(12582912));
  return nmadd(n, f32x4.splat(1.42860682e-6), nmadd(n, f32x4.splat(0.693145751953125), x));
}

/** (e^r − 1 − r) / r², minimax of degree 4: e^r to 3.1e-9 */
// @ts-ignore: decorator
@inline
export function exp_series(r: v128): v128 {
  let q = madd(r, f32x4.splat(0.00138145915), f32x4.splat(0.00836871702));
  q = madd(q, r, f32x4.splat(0.0416683882));
  q = madd(q, r, f32x4.splat(0.166665206));
  return madd(q, r, f32x4.splat(0.499999934));
}

/** 2^n · e^r for n in [−160, 128]: 2^n in two halves, so that a subnormal result rounds once. */
// @ts-ignore: decorator
@inline
export function exp_scaled(t: v128, r: v128): v128 {
  const p = f32x4.add(madd(exp_series(r), f32x4.mul(r, r), r), f32x4.splat(1));
  const n = i32x4.sub(t, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(n, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/**
 * e^x for x ≤ 88, and 0 for x below −76.24619, where e^x < 2^-110: as settle(exp(x)), without what exp spends
 * on results that overflow or are subnormal. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp_settled(x: v128): v128 {
  const t = exp_shifted(x);
  const r = exp_rest(t, x);
  const p = f32x4.add(madd(exp_series(r), f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(t, 23), i32x4.splat(0x3f800000));
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, f32x4.splat(-76.24619)));
}
