import { exp } from "../math/exp";
import { log1p_unit } from "../math/log1p";
import { madd, nmadd } from "../simd";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";
import { smooth } from "./smoothing";

/**
 * Binary crossentropy of p = σ(x), x = pred:
 * l = mean_j ((1 − t_j) max(x_j, 0) + t_j max(−x_j, 0) + log(1 + e^−|x_j|)): no term is negative
 * dl/dpred_j = ((1 − t_j) σ(x_j) − t_j σ(−x_j)) / O, which is (σ(x_j) − t_j) / O without cancellation
 * t = target (1 − s) + s / 2
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O] logits, target [R, O], weights [R] or 0; s = smoothing
 */
export function binary_crossentropy_logits_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
  smoothing: f32,
): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const half = <f32>0.5 * smoothing;
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(row_scale(weights, r, scale) / <f32>O);
    let sum = zero;
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const x = load_block(pred + at, count);
      const t = smooth(load_block(target + at, count), smoothing, half);
      const u = f32x4.sub(one, t);
      const linear = madd(f32x4.pmax(x, zero), u, f32x4.mul(f32x4.pmax(f32x4.neg(x), zero), t));
      const tail = exp(f32x4.neg(f32x4.abs(x)));
      const value = f32x4.add(linear, log1p_unit(tail));
      sum = f32x4.add(sum, keep_block(value, count));
      if (dpred) {
        const larger = f32x4.div(one, f32x4.add(one, tail));
        const smaller = f32x4.mul(tail, larger);
        const up = f32x4.gt(x, zero);
        const on = v128.bitselect(larger, smaller, up);
        const off = v128.bitselect(smaller, larger, up);
        const slope = nmadd(t, off, f32x4.mul(u, on));
        store_block(dpred + at, f32x4.mul(factor, slope), count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
