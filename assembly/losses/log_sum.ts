/** Sums of numbers that are kept as their logarithms. */
import { exp } from "../math/exp";
import { log } from "../math/log";
import { sum_lanes } from "./rows";

/**
 * Stands for ln 0. Finite, so that differences of two of them are 0 and not NaN; e to it is 0, and it stays
 * what it is whatever is added.
 */
export const NOTHING: f32 = -1e30;

/** What is at or below it comes from NOTHING. */
export const HARDLY: f32 = -1e29;

/** ln(e^a + e^b + e^c) */
// @ts-ignore: decorator
@inline
export function log_sum_3(a: v128, b: v128, c: v128): v128 {
  const m = f32x4.pmax(f32x4.pmax(a, b), c);
  const sum = f32x4.add(f32x4.add(exp(f32x4.sub(a, m)), exp(f32x4.sub(b, m))), exp(f32x4.sub(c, m)));
  return f32x4.add(m, log(sum));
}

/** The largest of the four lanes. */
// @ts-ignore: decorator
@inline
export function max_lanes(v: v128): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** ln Σ e^x_j over n values, n a multiple of 4 */
export function log_sum(x: usize, n: i32): f32 {
  const end = x + (<usize>n << 2);
  let top = f32x4.splat(NOTHING);
  for (let p = x; p < end; p += 16) top = f32x4.pmax(top, v128.load(p));
  const m = max_lanes(top);
  let sum = f32x4.splat(0);
  for (let p = x; p < end; p += 16) sum = f32x4.add(sum, exp(f32x4.sub(v128.load(p), f32x4.splat(m))));
  return m + f32x4.extract_lane(log(f32x4.splat(sum_lanes(sum))), 0);
}
