import { madd } from "../simd";
import { block_size, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * l = mean_j e_j²,   dl/dpred_j = 2 e_j / O,   e = pred − target
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 */
export function mean_squared_error_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(2.0 * row_scale(weights, r, scale) / <f32>O);
    let sum = f32x4.splat(0);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const e = f32x4.sub(load_block(pred + at, count), load_block(target + at, count));
      sum = madd(e, e, sum);
      if (dpred) store_block(dpred + at, f32x4.mul(factor, e), count);
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
