import { madd, nmadd } from "../simd";
import {
  decay_rate, flush, gradient_factor, load_decayed, load_gradient, load_lanes, step_value, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function nadam_lanes(
  p: usize, g: usize, m: usize, v: usize, at: usize, count: i32, factor: v128, ahead: v128, now: v128,
  correction: v128, rate1: v128, rate2: v128, epsilon: v128, decay: v128, clip: v128,
): void {
  const gradient = load_gradient(g + at, count, factor, clip);
  let mean = load_lanes(m + at, count);
  mean = flush(madd(f32x4.sub(gradient, mean), rate1, mean));
  store_lanes(m + at, mean, count);
  let square = load_lanes(v + at, count);
  square = flush(nmadd(nmadd(gradient, gradient, square), rate2, square));
  store_lanes(v + at, square, count);
  const top = madd(gradient, now, f32x4.mul(mean, ahead));
  const step = f32x4.div(top, f32x4.add(f32x4.sqrt(f32x4.mul(square, correction)), epsilon));
  store_lanes(p + at, f32x4.sub(load_decayed(p + at, count, decay), step), count);
}

/**
 * m ← m + (g − m) · rate1,   v ← v + (g² − v) · rate2,   p ← p − (c₀ · m + c₁ · g) / (√(c₂ · v) + ε)
 * rate1 = 1 − β₁, rate2 = 1 − β₂;  with µₜ = β₁ · (1 − 0.96ᵗ / 2) and Pₜ = µ₁ ⋯ µₜ, hyper[2..4] are
 * c₀ = lr · µₜ₊₁ / (1 − Pₜ₊₁),   c₁ = lr · (1 − µₜ) / (1 − Pₜ),   c₂ = 1 / (1 − β₂ᵗ)
 * in/out  p [n], m [n], v [n]      in  g [n], hyper [8]
 * Source: Dozat 2016; Keras 3, optimizers/nadam.py
 */
export function nadam_update(
  p: usize, g: usize, m: usize, v: usize, hyper: usize, n: i32, rate1: f32, rate2: f32, epsilon: f32,
  weightDecay: f32, clip: f32,
): void {
  const ahead = step_value(hyper, 0);
  const now = step_value(hyper, 1);
  const correction = step_value(hyper, 2);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const r1 = f32x4.splat(rate1);
  const r2 = f32x4.splat(rate2);
  const eps = f32x4.splat(epsilon);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) {
    nadam_lanes(p, g, m, v, i, 4, factor, ahead, now, correction, r1, r2, eps, decay, limit);
  }
  if (n & 3) {
    nadam_lanes(p, g, m, v, body, n & 3, factor, ahead, now, correction, r1, r2, eps, decay, limit);
  }
}
