import { madd } from "../simd";
import {
  decay_rate, gradient_factor, learning_rate, load_decayed, load_gradient, load_lanes, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function adagrad_lanes(
  p: usize, g: usize, a: usize, at: usize, count: i32, factor: v128, lr: v128, epsilon: v128, decay: v128,
  clip: v128,
): void {
  const gradient = load_gradient(g + at, count, factor, clip);
  const sum = madd(gradient, gradient, load_lanes(a + at, count));
  store_lanes(a + at, sum, count);
  const step = f32x4.div(f32x4.mul(gradient, lr), f32x4.sqrt(f32x4.add(sum, epsilon)));
  store_lanes(p + at, f32x4.sub(load_decayed(p + at, count, decay), step), count);
}

/**
 * a ← a + g²,   p ← p − lr · g / √(a + ε)
 * in/out  p [n], a [n]      in  g [n], hyper [8]
 * Source: Duchi et al. 2011; Keras 3, optimizers/adagrad.py
 */
export function adagrad_update(
  p: usize, g: usize, a: usize, hyper: usize, n: i32, epsilon: f32, weightDecay: f32, clip: f32,
): void {
  const lr = learning_rate(hyper);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const eps = f32x4.splat(epsilon);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) adagrad_lanes(p, g, a, i, 4, factor, lr, eps, decay, limit);
  if (n & 3) adagrad_lanes(p, g, a, body, n & 3, factor, lr, eps, decay, limit);
}
