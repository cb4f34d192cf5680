import { nmadd } from "../simd";
import {
  decay_rate, flush, gradient_factor, learning_rate, load_decayed, load_gradient, load_lanes, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function plain_lanes(
  p: usize, g: usize, count: i32, factor: v128, lr: v128, decay: v128, clip: v128,
): void {
  const gradient = load_gradient(g, count, factor, clip);
  store_lanes(p, nmadd(gradient, lr, load_decayed(p, count, decay)), count);
}

/**
 * p ← p − lr · g
 * in/out  p [n]      in  g [n], hyper [8]
 * Source: Keras 3, optimizers/sgd.py
 */
export function sgd_update(
  p: usize, g: usize, hyper: usize, n: i32, weightDecay: f32, clip: f32,
): void {
  const lr = learning_rate(hyper);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) plain_lanes(p + i, g + i, 4, factor, lr, decay, limit);
  if (n & 3) plain_lanes(p + body, g + body, n & 3, factor, lr, decay, limit);
}

// @ts-ignore: decorator
@inline
function momentum_lanes(
  p: usize, g: usize, m: usize, count: i32, factor: v128, lr: v128, mu: v128, nesterov: i32, decay: v128,
  clip: v128,
): void {
  const gradient = load_gradient(g, count, factor, clip);
  const velocity = flush(nmadd(gradient, lr, f32x4.mul(load_lanes(m, count), mu)));
  store_lanes(m, velocity, count);
  const step = nesterov ? nmadd(gradient, lr, f32x4.mul(velocity, mu)) : velocity;
  store_lanes(p, f32x4.add(load_decayed(p, count, decay), step), count);
}

/**
 * m ← µ · m − lr · g,   p ← p + m,   with nesterov  p ← p + µ · m − lr · g
 * in/out  p [n], m [n]      in  g [n], hyper [8]
 * Source: Keras 3, optimizers/sgd.py; Sutskever et al. 2013
 */
export function sgd_momentum_update(
  p: usize, g: usize, m: usize, hyper: usize, n: i32, momentum: f32, nesterov: i32, weightDecay: f32,
  clip: f32,
): void {
  const lr = learning_rate(hyper);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const mu = f32x4.splat(momentum);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) {
    momentum_lanes(p + i, g + i, m + i, 4, factor, lr, mu, nesterov, decay, limit);
  }
  if (n & 3) {
    momentum_lanes(p + body, g + body, m + body, n & 3, factor, lr, mu, nesterov, decay, limit);
  }
}
