import { log } from "../math/log";
import { madd } from "../simd";
import { clip, inside } from "./clip";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";
import { smooth } from "./smoothing";

/**
 * l = −mean_j (t_j log p_j + (1 − t_j) log(1 − p_j)),   p = pred clipped to [1e-7, 1 − 1e-7]
 * dl/dpred_j = (p_j − t_j) / (p_j (1 − p_j) O), or 0 where clipping moves pred_j
 * t = target (1 − s) + s / 2
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O] probabilities, target [R, O], weights [R] or 0; s = smoothing
 */
export function binary_crossentropy_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
  smoothing: f32,
): void {
  const one = f32x4.splat(1);
  const half = <f32>0.5 * smoothing;
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(row_scale(weights, r, scale) / <f32>O);
    let sum = f32x4.splat(0);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const given = load_block(pred + at, count);
      const p = clip(given);
      const q = f32x4.sub(one, p);
      const t = smooth(load_block(target + at, count), smoothing, half);
      const value = madd(f32x4.sub(one, t), log(q), f32x4.mul(t, log(p)));
      sum = f32x4.sub(sum, keep_block(value, count));
      if (dpred) {
        const slope = f32x4.div(f32x4.mul(factor, f32x4.sub(p, t)), f32x4.mul(p, q));
        store_block(dpred + at, v128.and(slope, inside(given)), count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
