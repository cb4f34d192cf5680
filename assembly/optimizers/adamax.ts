import { madd } from "../simd";
import {
  decay_rate, flush, gradient_factor, load_decayed, load_gradient, load_lanes, step_value, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function adamax_lanes(
  p: usize, g: usize, m: usize, u: usize, at: usize, count: i32, factor: v128, alpha: v128, rate1: v128,
  beta2: v128, epsilon: v128, decay: v128, clip: v128,
): void {
  const gradient = load_gradient(g + at, count, factor, clip);
  let mean = load_lanes(m + at, count);
  mean = flush(madd(f32x4.sub(gradient, mean), rate1, mean));
  store_lanes(m + at, mean, count);
  const norm = flush(f32x4.pmax(f32x4.abs(gradient), f32x4.mul(load_lanes(u + at, count), beta2)));
  store_lanes(u + at, norm, count);
  const step = f32x4.div(f32x4.mul(mean, alpha), f32x4.add(norm, epsilon));
  store_lanes(p + at, f32x4.sub(load_decayed(p + at, count, decay), step), count);
}

/**
 * m ← m + (g − m) · rate1,   u ← max(β₂ · u, |g|),   p ← p − α · m / (u + ε)
 * rate1 = 1 − β₁;  α = hyper[2] = lr / (1 − β₁ᵗ)
 * in/out  p [n], m [n], u [n]      in  g [n], hyper [8]
 * Source: Kingma & Ba 2015, algorithm 2; Keras 3, optimizers/adamax.py
 */
export function adamax_update(
  p: usize, g: usize, m: usize, u: usize, hyper: usize, n: i32, rate1: f32, beta2: f32, epsilon: f32,
  weightDecay: f32, clip: f32,
): void {
  const alpha = step_value(hyper, 0);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const r1 = f32x4.splat(rate1);
  const b2 = f32x4.splat(beta2);
  const eps = f32x4.splat(epsilon);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) {
    adamax_lanes(p, g, m, u, i, 4, factor, alpha, r1, b2, eps, decay, limit);
  }
  if (n & 3) adamax_lanes(p, g, m, u, body, n & 3, factor, alpha, r1, b2, eps, decay, limit);
}
