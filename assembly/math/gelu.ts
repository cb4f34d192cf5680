import { nmadd } from "../simd";
import { NORMAL_END, gauss, normal_ratio } from "./normal";

/**
 * gelu(x) = x·Φ(x) = max(x, 0) − a·Q(a),   a = |x|,   Φ the normal distribution, Q = 1 − Φ its upper tail.
 * The exact form (erf), with relative accuracy where x is negative. gelu(−Infinity) = −0.
 * Error over all floats: 8.08 ULP (GELU_MAX_ULP).
 * Source: Hendrycks & Gimpel 2016
 */
// @ts-ignore: decorator
@inline
export function gelu(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), f32x4.splat(NORMAL_END));
  const excess = f32x4.mul(gauss(a), f32x4.mul(a, normal_ratio(a)));
  return f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), excess);
}

/**
 * gelu'(x) = Φ(x) + x·φ(x) = D for negative x, 1 − D else
 * D = e^(−a²/2) (m(a) − a / √(2π)),   a = |x|,   m as in normal.ts
 */
// @ts-ignore: decorator
@inline
export function gelu_slope(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), f32x4.splat(NORMAL_END));
  const d = f32x4.mul(gauss(a), nmadd(a, f32x4.splat(0.39894228), normal_ratio(a)));
  return v128.bitselect(d, f32x4.sub(f32x4.splat(1), d), f32x4.lt(x, f32x4.splat(0)));
}
