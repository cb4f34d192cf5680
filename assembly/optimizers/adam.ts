import { madd, nmadd } from "../simd";
import {
  decay_rate, flush, gradient_factor, load_decayed, load_gradient, load_lanes, step_value, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function adam_lanes(
  p: usize, g: usize, m: usize, v: usize, top: usize, at: usize, count: i32, factor: v128, alpha: v128,
  rate1: v128, rate2: v128, epsilon: v128, decay: v128, clip: v128,
): void {
  const gradient = load_gradient(g + at, count, factor, clip);
  let mean = load_lanes(m + at, count);
  mean = flush(madd(f32x4.sub(gradient, mean), rate1, mean));
  store_lanes(m + at, mean, count);
  let square = load_lanes(v + at, count);
  square = flush(nmadd(nmadd(gradient, gradient, square), rate2, square));
  store_lanes(v + at, square, count);
  if (top) {
    square = f32x4.pmax(square, load_lanes(top + at, count));
    store_lanes(top + at, square, count);
  }
  const step = f32x4.div(f32x4.mul(mean, alpha), f32x4.add(f32x4.sqrt(square), epsilon));
  store_lanes(p + at, f32x4.sub(load_decayed(p + at, count, decay), step), count);
}

/**
 * m ← m + (g − m) · rate1,   v ← v + (g² − v) · rate2,   p ← p − α · m / (√v + ε)
 * with AMSGrad  v̂ ← max(v̂, v)  in place of v in the last.
 * rate1 = 1 − β₁, rate2 = 1 − β₂;  α = hyper[2] = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
 * in/out  p [n], m [n], v [n], top = v̂ [n] or 0 for none      in  g [n], hyper [8]
 * Source: Kingma & Ba 2015, before section 2.1; Reddi et al. 2018; Keras 3, optimizers/adam.py
 */
export function adam_update(
  p: usize, g: usize, m: usize, v: usize, top: usize, hyper: usize, n: i32, rate1: f32, rate2: f32,
  epsilon: f32, weightDecay: f32, clip: f32,
): void {
  const alpha = step_value(hyper, 0);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const r1 = f32x4.splat(rate1);
  const r2 = f32x4.splat(rate2);
  const eps = f32x4.splat(epsilon);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) {
    adam_lanes(p, g, m, v, top, i, 4, factor, alpha, r1, r2, eps, decay, limit);
  }
  if (n & 3) adam_lanes(p, g, m, v, top, body, n & 3, factor, alpha, r1, r2, eps, decay, limit);
}
