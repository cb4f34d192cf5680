/** Keras's epsilon: probabilities are clipped to [EPSILON, 1 − EPSILON], the upper bound as f32 has it. */
export const EPSILON: f32 = 1e-7;

// @ts-ignore: decorator
@inline
function upper(): v128 {
  return f32x4.splat(<f32>(1.0 - 1e-7));
}

/** min(max(p, EPSILON), 1 − EPSILON); NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function clip(p: v128): v128 {
  return f32x4.pmin(f32x4.pmax(p, f32x4.splat(EPSILON)), upper());
}

/** All ones in the lanes that clip leaves as they are, its bounds included. */
// @ts-ignore: decorator
@inline
export function inside(p: v128): v128 {
  return f32x4.eq(clip(p), p);
}
