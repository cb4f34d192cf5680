import { log } from "../math/log";
import { nmadd } from "../simd";
import { EPSILON } from "./clip";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * l = mean_j (pred_j − target_j log(pred_j + ε)),   dl/dpred_j = (1 − target_j / (pred_j + ε)) / O
 * ε = 1e-7. Predictions below −ε give NaN.
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 */
export function poisson_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  const epsilon = f32x4.splat(EPSILON);
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(row_scale(weights, r, scale) / <f32>O);
    let sum = f32x4.splat(0);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const p = load_block(pred + at, count);
      const t = load_block(target + at, count);
      const rate = f32x4.add(p, epsilon);
      sum = f32x4.add(sum, keep_block(nmadd(t, log(rate), p), count));
      if (dpred) {
        const slope = f32x4.div(f32x4.sub(rate, t), rate);
        store_block(dpred + at, f32x4.mul(factor, slope), count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
