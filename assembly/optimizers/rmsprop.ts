import { madd, nmadd } from "../simd";
import {
  decay_rate, flush, gradient_factor, learning_rate, load_decayed, load_gradient, load_lanes, store_lanes,
} from "./lanes";

// @ts-ignore: decorator
@inline
function rmsprop_lanes(
  p: usize, g: usize, v: usize, m: usize, a: usize, at: usize, count: i32, factor: v128, lr: v128,
  rho: v128, rate: v128, mu: v128, epsilon: v128, decay: v128, clip: v128,
): void {
  const gradient = load_gradient(g + at, count, factor, clip);
  let square = f32x4.mul(load_lanes(v + at, count), rho);
  square = flush(madd(f32x4.mul(gradient, gradient), rate, square));
  store_lanes(v + at, square, count);
  if (a) {
    const mean = flush(madd(gradient, rate, f32x4.mul(load_lanes(a + at, count), rho)));
    store_lanes(a + at, mean, count);
    square = f32x4.pmax(nmadd(mean, mean, square), f32x4.splat(0));
  }
  let step = f32x4.div(f32x4.mul(gradient, lr), f32x4.sqrt(f32x4.add(square, epsilon)));
  if (m) {
    step = flush(madd(load_lanes(m + at, count), mu, step));
    store_lanes(m + at, step, count);
  }
  store_lanes(p + at, f32x4.sub(load_decayed(p + at, count, decay), step), count);
}

/**
 * v ← ρ · v + rate · g²,   s = lr · g / √(v + ε),   p ← p − s,   rate = 1 − ρ
 * centered:  a ← ρ · a + rate · g  and  max(v − a², 0)  in place of v in s
 * momentum:  m ← µ · m + s,   p ← p − m
 * in/out  p [n], v [n], m [n] or 0 for none, a [n] or 0 for none      in  g [n], hyper [8]
 * Source: Hinton 2012, lecture 6; Graves 2013 (centered); Keras 3, optimizers/rmsprop.py. The maximum keeps a
 * variance that rounding made negative from becoming NaN.
 */
export function rmsprop_update(
  p: usize, g: usize, v: usize, m: usize, a: usize, hyper: usize, n: i32, rho: f32, rate: f32,
  momentum: f32, epsilon: f32, weightDecay: f32, clip: f32,
): void {
  const lr = learning_rate(hyper);
  const factor = gradient_factor(hyper);
  const decay = decay_rate(hyper, weightDecay);
  const limit = f32x4.splat(clip);
  const keep = f32x4.splat(rho);
  const take = f32x4.splat(rate);
  const mu = f32x4.splat(momentum);
  const eps = f32x4.splat(epsilon);
  const body = <usize>(n & ~3) << 2;
  for (let i: usize = 0; i < body; i += 16) {
    rmsprop_lanes(p, g, v, m, a, i, 4, factor, lr, keep, take, mu, eps, decay, limit);
  }
  if (n & 3) rmsprop_lanes(p, g, v, m, a, body, n & 3, factor, lr, keep, take, mu, eps, decay, limit);
}
