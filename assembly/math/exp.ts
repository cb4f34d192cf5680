import { madd, nmadd } from "../simd";

/**
 * e^x = 2^n · e^r,   n = round(x / ln 2),   r = x − n·ln 2,   |r| ≤ ln 2 / 2
 * e^r is a minimax polynomial of degree 6; 2^n is applied in two halves, so that results in the
 * subnormal range round once. Overflows to Infinity above 88.72, reaches 0 below −103.97; NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin(a, b) is b < a ? b : a: a NaN in the first operand is kept.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  // Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits.
  const t = madd(x, f32x4.splat(1.44269504), f32x4.splat(12582912));
  const n = f32x4.sub(t, f32x4.splat(12582912));
  const r = nmadd(n, f32x4.splat(1.42860682e-6), nmadd(n, f32x4.splat(0.693145751953125), x));
  let q = madd(r, f32x4.splat(0.00138145915018), f32x4.splat(0.00836871702148));
  q = madd(q, r, f32x4.splat(0.0416683881894));
  q = madd(q, r, f32x4.splat(0.166665206303));
  q = madd(q, r, f32x4.splat(0.499999934471));
  const p = f32x4.add(madd(q, f32x4.mul(r, r), r), f32x4.splat(1));
  const k = i32x4.sub(t, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(k, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(k, half), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}
