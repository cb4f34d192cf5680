import { madd } from "../simd";
import { gauss, normal_ratio } from "./normal";

/**
 * erf x = x + x·P(x²) for |x| < ¾, P minimax of degree 5
 *       = sign(x) · (1 − 2·Q(√2·|x|)) beyond, Q as in normal.ts
 * Reaches ±1 at 3.92; NaN stays NaN. Odd to the bit.
 * Error over all floats: 2.28 ULP (ERF_MAX_ULP).
 */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const u = f32x4.mul(x, x);
  let p = madd(u, f32x4.splat(-0.00067495136), f32x4.splat(0.005114346));
  p = madd(p, u, f32x4.splat(-0.026834624));
  p = madd(p, u, f32x4.splat(0.11283377));
  p = madd(p, u, f32x4.splat(-0.3761262));
  p = madd(p, u, f32x4.splat(0.12837917));
  const near = madd(p, x, x);

  const size = f32x4.abs(x);
  const a = f32x4.mul(f32x4.pmin(size, f32x4.splat(5)), f32x4.splat(1.41421356));
  const tail = f32x4.mul(gauss(a), normal_ratio(a));
  const far = f32x4.sub(f32x4.splat(1), f32x4.add(tail, tail));
  const signed = v128.bitselect(x, far, i32x4.splat(0x80000000));
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.75)));
}
