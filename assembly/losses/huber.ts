import { madd, nmadd } from "../simd";
import { block_size, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * l = mean_j h(e_j),   h(e) = e²/2 where |e| ≤ δ, else δ|e| − δ²/2,   e = pred − target
 * dl/dpred_j = clamp(e_j, −δ, δ) / O
 * Computed as h = m (|e| − m/2) with m = min(|e|, δ), which is both branches.
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0; delta > 0
 * Source: Huber 1964.
 */
export function huber_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
  delta: f32,
): void {
  const limit = f32x4.splat(delta);
  const half = f32x4.splat(0.5);
  const sign = i32x4.splat(0x80000000);
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(row_scale(weights, r, scale) / <f32>O);
    let sum = f32x4.splat(0);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const e = f32x4.sub(load_block(pred + at, count), load_block(target + at, count));
      const size = f32x4.abs(e);
      const clamped = f32x4.pmin(size, limit);
      sum = madd(clamped, nmadd(half, clamped, size), sum);
      if (dpred) {
        const slope = v128.or(clamped, v128.and(e, sign));
        store_block(dpred + at, f32x4.mul(factor, slope), count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
