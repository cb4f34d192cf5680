/**
 * The one place that knows how the builds multiply and add.
 *
 * portable: madd(a, b, c) = round(round(a · b) + c), the same bits on every engine.
 * relaxed:  one rounding where the engine fuses, two where it does not.
 * dot:      as portable, in a module that may use the relaxed dot product of integers (int8/dot.ts); asc
 *           defines EXACT_MADD for it.
 */

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && !isDefined(EXACT_MADD)) return v128.relaxed_madd<f32>(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a · b, rounded as madd is. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && !isDefined(EXACT_MADD)) return v128.relaxed_nmadd<f32>(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** Loads 1 to 3 floats into the low lanes; the rest are zero. */
// @ts-ignore: decorator
@inline
export function load_tail(p: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(p);
  if (count == 2) return v128.load64_zero(p);
  return v128.load_lane<f32>(p + 8, v128.load64_zero(p), 2);
}

/** Stores the 1 to 3 low lanes. */
// @ts-ignore: decorator
@inline
export function store_tail(p: usize, v: v128, count: i32): void {
  if (count == 1) {
    v128.store_lane<f32>(p, v, 0);
  } else {
    v128.store_lane<u64>(p, v, 0);
    if (count == 3) v128.store_lane<f32>(p + 8, v, 2);
  }
}

/**
 * v with what is smaller than 2^-110 (7.7e-34) set to 0; NaN stays.
 * A state or a gradient that fades over hundreds of steps ends among subnormal numbers, where each product
 * costs the processor some hundred cycles: a training step at T = 512 took 20 times as long (measured). The
 * bound leaves products with weights down to 2^-16 normal.
 */
// @ts-ignore: decorator
@inline
export function settle(v: v128): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), f32x4.splat(7.70371977754894e-34)));
}
