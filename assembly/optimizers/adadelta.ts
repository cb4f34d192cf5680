import { madd, nmadd } from "../simd";
import {
  decay_rate, flush, gradient_factor, learning_rate, load_decayed, load_gradient, load_lanes, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function adadelta_lanes(
  p: usize, g: usize, a: usize, d: usize, at: usize, count: i32, factor: v128, lr: v128, rho: v128,
  rate: v128, epsilon: v128, decay: v128, clip: v128,
): void {
  const gradient = load_gradient(g + at, count, factor, clip);
  let gradients = f32x4.mul(load_lanes(a + at, count), rho);
  gradients = flush(madd(f32x4.mul(gradient, gradient), rate, gradients));
  store_lanes(a + at, gradients, count);
  const deltas = load_lanes(d + at, count);
  const top = f32x4.mul(f32x4.sqrt(f32x4.add(deltas, epsilon)), gradient);
  const delta = f32x4.div(top, f32x4.sqrt(f32x4.add(gradients, epsilon)));
  store_lanes(d + at, flush(madd(f32x4.mul(delta, delta), rate, f32x4.mul(deltas, rho))), count);
  store_lanes(p + at, nmadd(delta, lr, load_decayed(p + at, count, decay)), count);
}

/**
 * a ← ρ · a + rate · g²,   δ = √(d + ε) · g / √(a + ε),   d ← ρ · d + rate · δ²,   p ← p − lr · δ
 * rate = 1 − ρ
 * in/out  p [n], a [n], d [n]      in  g [n], hyper [8]
 * Source: Zeiler 2012, algorithm 1; Keras 3, optimizers/adadelta.py
 */
export function adadelta_update(
  p: usize, g: usize, a: usize, d: usize, hyper: usize, n: i32, rho: f32, rate: f32, epsilon: f32,
  weightDecay: f32, clip: f32,
): void {
  const lr = learning_rate(hyper);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const keep = f32x4.splat(rho);
  const take = f32x4.splat(rate);
  const eps = f32x4.splat(epsilon);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) {
    adadelta_lanes(p, g, a, d, i, 4, factor, lr, keep, take, eps, decay, limit);
  }
  if (n & 3) adadelta_lanes(p, g, a, d, body, n & 3, factor, lr, keep, take, eps, decay, limit);
}
