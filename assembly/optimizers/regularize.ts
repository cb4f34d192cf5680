import { madd } from "../simd";
import { load_lanes, store_lanes } from "./lanes";
import { square_sum } from "./square-sum";

/** Σ |pⱼ| in f64; element j falls to partial sum j mod 4. */
function magnitude_sum(p: usize, n: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  for (let j = 0; j < n; j += 4) {
    const x = f32x4.abs(load_lanes(p + (<usize>j << 2), min(n - j, 4)));
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(x));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
  }
  const sum = f64x2.add(s0, s1);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

// @ts-ignore: decorator
@inline
function regularize_lanes(dp: usize, p: usize, count: i32, l1: v128, twice: v128): void {
  const value = load_lanes(p, count);
  const zero = f32x4.splat(0);
  const up = v128.and(f32x4.gt(value, zero), l1);
  const down = v128.and(f32x4.lt(value, zero), l1);
  const slope = madd(value, twice, f32x4.sub(up, down));
  store_lanes(dp, f32x4.add(load_lanes(dp, count), slope), count);
}

/**
 * loss ← loss + l1 · Σ|p| + l2 · Σ p²,   dp ← dp + l1 · sign(p) + 2 · l2 · p,   sign(0) = 0
 * in/out  loss [1], dp [n] or 0 for none (the loss alone)      in  p [n]
 * Sums in f64: squares as square_sum orders them, magnitudes by j mod 4.
 * Source: Keras 3, regularizers/regularizers.py
 */
export function regularize(loss: usize, dp: usize, p: usize, n: i32, l1: f32, l2: f32): void {
  let penalty: f64 = 0;
  if (l1 != 0) penalty += <f64>l1 * magnitude_sum(p, n);
  if (l2 != 0) penalty += <f64>l2 * square_sum(p, n);
  store<f32>(loss, <f32>(<f64>load<f32>(loss) + penalty));
  if (!dp) return;
  const slope = f32x4.splat(l1);
  const twice = f32x4.splat(2 * l2);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) regularize_lanes(dp + i, p + i, 4, slope, twice);
  if (n & 3) regularize_lanes(dp + body, p + body, n & 3, slope, twice);
}
