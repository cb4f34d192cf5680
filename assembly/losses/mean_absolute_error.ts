import { block_size, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * l = mean_j |e_j|,   dl/dpred_j = sign(e_j) / O with sign(0) = 0,   e = pred − target
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 */
export function mean_absolute_error_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  const zero = f32x4.splat(0);
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const up = f32x4.splat(row_scale(weights, r, scale) / <f32>O);
    const down = f32x4.neg(up);
    let sum = zero;
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const e = f32x4.sub(load_block(pred + at, count), load_block(target + at, count));
      sum = f32x4.add(sum, f32x4.abs(e));
      if (dpred) {
        const slope = v128.or(v128.and(up, f32x4.gt(e, zero)), v128.and(down, f32x4.lt(e, zero)));
        store_block(dpred + at, slope, count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
