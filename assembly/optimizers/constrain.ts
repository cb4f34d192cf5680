import { load_lanes, store_lanes } from "./lanes";
import { square_sum } from "./square-sum";

/** Keras's backend epsilon, which keeps a zero vector from becoming NaN. */
const EPSILON: f64 = 1e-7;

/** Factor of two vectors from their sums of squares: unit norm, or at most `limit`. */
// @ts-ignore: decorator
@inline
function norm_factors(squares: v128, limit: v128, unit: bool): v128 {
  const norm = f64x2.sqrt(squares);
  const factor = f64x2.div(limit, f64x2.add(norm, f64x2.splat(EPSILON)));
  if (unit) return factor;
  return v128.bitselect(factor, f64x2.splat(1), f64x2.gt(norm, limit));
}

/** Up to four neighbouring vectors of `length` elements, `stride` bytes from one element to the next. */
// @ts-ignore: decorator
@inline
function scale_lanes(p: usize, count: i32, length: i32, stride: usize, limit: v128, unit: bool): void {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let q = p;
  for (let k = 0; k < length; k++, q += stride) {
    const v = load_lanes(q, count);
    const x = f64x2.promote_low_f32x4(v);
    const y = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(x, x));
    high = f64x2.add(high, f64x2.mul(y, y));
  }
  const a = f32x4.demote_f64x2_zero(norm_factors(low, limit, unit));
  const b = f32x4.demote_f64x2_zero(norm_factors(high, limit, unit));
  const factor = v128.shuffle<f32>(a, b, 0, 1, 4, 5);
  q = p;
  for (let k = 0; k < length; k++, q += stride) {
    store_lanes(q, f32x4.mul(load_lanes(q, count), factor), count);
  }
}

/** One vector whose elements are neighbours. */
// @ts-ignore: decorator
@inline
function scale_row(p: usize, length: i32, limit: v128, unit: bool): void {
  const a = f32x4.demote_f64x2_zero(norm_factors(f64x2.splat(square_sum(p, length)), limit, unit));
  const factor = v128.shuffle<f32>(a, a, 0, 0, 0, 0);
  for (let j = 0; j < length; j += 4) {
    const q = p + (<usize>j << 2);
    const count = min(length - j, 4);
    store_lanes(q, f32x4.mul(load_lanes(q, count), factor), count);
  }
}

// @ts-ignore: decorator
@inline
function scale_all(p: usize, outer: i32, length: i32, inner: i32, limit: v128, unit: bool): void {
  const stride = <usize>inner << 2;
  for (let o = 0; o < outer; o++, p += <usize>length * stride) {
    if (inner == 1) {
      scale_row(p, length, limit, unit);
    } else {
      for (let j = 0; j < inner; j += 4) {
        scale_lanes(p + (<usize>j << 2), min(inner - j, 4), length, stride, limit, unit);
      }
    }
  }
}

/**
 * Vectors p[o, :, j] longer than `limit` are scaled to it:  p ← p · limit / (‖p‖ + 1e-7). The others keep
 * their bits.
 * in/out  p [outer, length, inner]
 * Norms in f64. Source: Keras 3, constraints/constraints.py, which also shrinks vectors within the limit by
 * ‖p‖ / (‖p‖ + 1e-7): a drift of one unit in the last place per step, left out here.
 */
export function constrain_max_norm(p: usize, outer: i32, length: i32, inner: i32, limit: f32): void {
  scale_all(p, outer, length, inner, f64x2.splat(limit), false);
}

/**
 * Every vector p[o, :, j] gets norm 1:  p ← p / (‖p‖ + 1e-7). A zero vector stays zero.
 * in/out  p [outer, length, inner]
 * Norms in f64. Source: Keras 3, constraints/constraints.py
 */
export function constrain_unit_norm(p: usize, outer: i32, length: i32, inner: i32): void {
  scale_all(p, outer, length, inner, f64x2.splat(1), true);
}

/**
 * p ← max(p, 0); NaN stays NaN.
 * in/out  p [n]
 */
export function constrain_non_neg(p: usize, n: i32): void {
  const zero = f32x4.splat(0);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) v128.store(p + i, f32x4.pmax(v128.load(p + i), zero));
  if (n & 3) store_lanes(p + body, f32x4.pmax(load_lanes(p + body, n & 3), zero), n & 3);
}
