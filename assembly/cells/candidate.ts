import { activate, activate_slope } from "../math/activation";
import { sigmoid } from "../math/sigmoid";

/**
 * Code, beside those of math/activation.ts, of the function that keeps a candidate above 0:
 *   g(x) = x + ½ for x ≥ 0, σ(x) below;   g' = 1 for g ≥ ½, g ⊙ (1 − g) below
 * Source: Feng et al. 2024, appendix B.
 */
export const POSITIVE: i32 = 15;

/** act(x); with `usual`, a constant, x itself: the linear candidate. */
// @ts-ignore: decorator
@inline
export function activate_candidate(code: i32, x: v128, usual: i32): v128 {
  return usual ? x : candidate_call(code, x);
}

/** d ⊙ act'(x) as a function of y = act(x), likewise. */
// @ts-ignore: decorator
@inline
export function slope_candidate(code: i32, d: v128, y: v128, usual: i32): v128 {
  return usual ? d : f32x4.mul(d, slope_call(code, y));
}

function candidate_call(code: i32, x: v128): v128 {
  if (code != POSITIVE) return activate(code, x);
  const half = f32x4.add(x, f32x4.splat(0.5));
  return v128.bitselect(sigmoid(x), half, f32x4.lt(x, f32x4.splat(0)));
}

function slope_call(code: i32, y: v128): v128 {
  if (code != POSITIVE) return activate_slope(code, y);
  const one = f32x4.splat(1);
  const below = f32x4.mul(y, f32x4.sub(one, y));
  return v128.bitselect(below, one, f32x4.lt(y, f32x4.splat(0.5)));
}
