import { madd } from "../simd";
import { exp_rest, exp_series, exp_shifted } from "./exp";

/**
 * e^x − 1 = 2 · (2^(n−1) · (e^r − 1) + 2^(n−1) − ½),   n and r as in exp
 * Near 0, where n = 0, it is e^r − 1 itself: relative accuracy. NaN stays NaN.
 * Error: 1.00 ULP for x ≤ 0 (ELU_MAX_ULP), 1.54 ULP above, over every seventh float.
 */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const inside = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-20));
  const t = exp_shifted(inside);
  const r = exp_rest(t, inside);
  const p = madd(exp_series(r), f32x4.mul(r, r), r);
  const scale = i32x4.shl(i32x4.add(t, i32x4.splat(126)), 23);
  const half = madd(scale, p, f32x4.sub(scale, f32x4.splat(0.5)));
  return f32x4.add(half, half);
}
