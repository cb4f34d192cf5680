import { load_tail, nmadd, store_tail } from "../simd";

/**
 * What the update kernels share. Each walks a region once, four floats at a time; the last one to three go
 * through the same vector code, so an element has the same bits wherever the region is cut.
 *
 * hyper [8], written before every step:
 *   [0] learning rate    [1] factor of the gradient    [2..5] values of the optimizer
 *   [6..7] one f64: sum of squares of the gradient, for the global norm
 *
 * Gradient of an element:  g' = clamp(g · hyper[1], −clip, clip),  clip = Infinity for none. NaN stays NaN.
 * Weight decay (decoupled):  p' = p − p · (weightDecay · hyper[0]), before the update.
 * A zero gradient leaves a zero parameter with zero slots at zero, which is what padding between tensors is.
 */

/** Floats p[0 .. count), count 1 to 4. */
// @ts-ignore: decorator
@inline
export function load_lanes(p: usize, count: i32): v128 {
  return count == 4 ? v128.load(p) : load_tail(p, count);
}

// @ts-ignore: decorator
@inline
export function store_lanes(p: usize, v: v128, count: i32): void {
  if (count == 4) v128.store(p, v);
  else store_tail(p, v, count);
}

// @ts-ignore: decorator
@inline
export function learning_rate(hyper: usize): v128 {
  return v128.load32_splat(hyper);
}

// @ts-ignore: decorator
@inline
export function gradient_factor(hyper: usize): v128 {
  return v128.load32_splat(hyper, 4);
}

/** Value 0 to 3 of the optimizer for this step. */
// @ts-ignore: decorator
@inline
export function step_value(hyper: usize, index: usize): v128 {
  return v128.load32_splat(hyper + 8 + (index << 2));
}

/** clamp(g · factor, −clip, clip); the operand order of pmin and pmax keeps NaN. */
// @ts-ignore: decorator
@inline
export function load_gradient(g: usize, count: i32, factor: v128, clip: v128): v128 {
  const scaled = f32x4.mul(load_lanes(g, count), factor);
  return f32x4.pmax(f32x4.pmin(scaled, clip), f32x4.neg(clip));
}

/**
 * Slots decay by a factor when gradients stay zero. Below 2^-126 they become zero: left to themselves they
 * stick among the subnormal numbers, where a step costs 30 to 70 times as much (measured).
 */
// @ts-ignore: decorator
@inline
export function flush(v: v128): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), f32x4.splat(reinterpret<f32>(0x00800000))));
}

/** weightDecay · learning rate. */
// @ts-ignore: decorator
@inline
export function decay_rate(hyper: usize, weightDecay: f32): v128 {
  return f32x4.splat(weightDecay * load<f32>(hyper));
}

/** p − p · rate. */
// @ts-ignore: decorator
@inline
export function load_decayed(p: usize, count: i32, rate: v128): v128 {
  const value = load_lanes(p, count);
  return nmadd(value, rate, value);
}
