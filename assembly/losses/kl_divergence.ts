import { log } from "../math/log";
import { madd } from "../simd";
import { EPSILON } from "./clip";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/** min(max(p, 1e-7), 1); NaN stays NaN. */
// @ts-ignore: decorator
@inline
function clip_to_one(p: v128): v128 {
  return f32x4.pmin(f32x4.pmax(p, f32x4.splat(EPSILON)), f32x4.splat(1));
}

/**
 * l = Σ_j t_j log(t_j / p_j),   t, p = target, pred clipped to [1e-7, 1]
 * dl/dpred_j = −t_j / p_j, or 0 where clipping moves pred_j
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 */
export function kl_divergence_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(-row_scale(weights, r, scale));
    let sum = f32x4.splat(0);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const given = load_block(pred + at, count);
      const p = clip_to_one(given);
      const t = keep_block(clip_to_one(load_block(target + at, count)), count);
      const ratio = f32x4.div(t, p);
      sum = madd(t, keep_block(log(ratio), count), sum);
      if (dpred) {
        store_block(dpred + at, v128.and(f32x4.mul(factor, ratio), f32x4.eq(given, p)), count);
      }
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum));
  }
}
