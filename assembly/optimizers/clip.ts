import { load_lanes, store_lanes } from "./lanes";
import { square_sum } from "./square-sum";

/** limit / max(norm, limit): 1 within the limit, NaN when the norm is NaN. */
// @ts-ignore: decorator
@inline
function clip_factor(norm: f64, limit: f64): f64 {
  return limit / max(norm, limit);
}

/**
 * g ← g · limit / max(‖f · g‖, limit),   f = hyper[1]: so that f · g, which the update uses, has at most the
 * norm `limit`. Within the limit g keeps its bits.
 * in/out  g [n], one parameter      in  hyper [8]
 * Source: Keras 3, base_optimizer.py (clipnorm)
 */
export function clip_norm(g: usize, hyper: usize, n: i32, limit: f32): void {
  const norm = abs(<f64>load<f32>(hyper, 4)) * sqrt(square_sum(g, n));
  if (norm <= <f64>limit) return;
  const factor = f32x4.splat(<f32>clip_factor(norm, limit));
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) v128.store(g + i, f32x4.mul(v128.load(g + i), factor));
  if (n & 3) store_lanes(g + body, f32x4.mul(load_lanes(g + body, n & 3), factor), n & 3);
}

/**
 * Adds Σ g² to the f64 at hyper[6..7]. Called once for every region, in a fixed order.
 * in/out  hyper [8]      in  g [n]
 */
export function global_norm_add(hyper: usize, g: usize, n: i32): void {
  store<f64>(hyper, load<f64>(hyper, 24) + square_sum(g, n), 24);
}

/**
 * hyper[1] ← hyper[1] · limit / max(‖f · g‖, limit),   f = hyper[1],  ‖g‖² from global_norm_add.
 * A norm that is not finite gives NaN, so that a broken gradient is seen and not hidden.
 * in/out  hyper [8]
 * Source: Pascanu et al. 2013; Keras 3, base_optimizer.py (global_clipnorm)
 */
export function global_norm_clip(hyper: usize, limit: f32): void {
  const factor = <f64>load<f32>(hyper, 4);
  const norm = abs(factor) * sqrt(load<f64>(hyper, 24));
  const clipped = factor * clip_factor(norm, limit) + (norm - norm);
  store<f32>(hyper, <f32>clipped, 4);
}
