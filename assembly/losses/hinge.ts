import { nmadd } from "../simd";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * l = mean_j max(0, 1 − s_j pred_j),   dl/dpred_j = −s_j / O where 1 − s_j pred_j > 0, else 0
 * s_j = −1 where target_j = 0, else target_j: labels may be −1 and 1, or 0 and 1. The choice is made
 * per element, so that a row does not depend on the rest of its batch.
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 */
export function hinge_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const minus = f32x4.splat(-1);
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(-row_scale(weights, r, scale) / <f32>O);
    let sum = zero;
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const t = load_block(target + at, count);
      const s = v128.bitselect(minus, t, f32x4.eq(t, zero));
      const margin = nmadd(s, load_block(pred + at, count), one);
      sum = f32x4.add(sum, keep_block(f32x4.pmax(margin, zero), count));
      if (dpred) {
        const slope = v128.and(f32x4.mul(factor, s), f32x4.gt(margin, zero));
        store_block(dpred + at, slope, count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
