import { log } from "../math/log";
import { nmadd } from "../simd";
import { clip, inside } from "./clip";
import { row_sum } from "./row_softmax";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";
import { smooth } from "./smoothing";

/**
 * l = −Σ_j t_j log c_j,   c = q clipped to [1e-7, 1 − 1e-7],   q_j = pred_j / S,   S = Σ_k pred_k
 * dl/dpred_j = (m − [j in] t_j / q_j) / S,   m = Σ_k [k in] t_k,   [j in]: clipping leaves q_j as it is
 * t = target (1 − s) + s / O
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O] not negative, target [R, O], weights [R] or 0; s = smoothing
 * A row whose sum is 0 gives NaN.
 */
export function categorical_crossentropy_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
  smoothing: f32,
): void {
  const share = smoothing / <f32>O;
  for (let r = 0; r < R; r++) {
    const row = <usize>r * <usize>O << 2;
    const total = row_sum(pred + row, O);
    const S = f32x4.splat(total);
    let sum = f32x4.splat(0);
    let mass = sum;
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const at = row + (<usize>j << 2);
      const t = keep_block(smooth(load_block(target + at, count), smoothing, share), count);
      const q = f32x4.div(load_block(pred + at, count), S);
      sum = nmadd(t, log(clip(q)), sum);
      mass = f32x4.add(mass, v128.and(t, inside(q)));
    }
    store_loss(losses, r, sum_lanes(sum));
    if (!dpred) continue;
    const factor = f32x4.splat(row_scale(weights, r, scale) / total);
    const m = f32x4.splat(sum_lanes(mass));
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const at = row + (<usize>j << 2);
      const t = smooth(load_block(target + at, count), smoothing, share);
      const q = f32x4.div(load_block(pred + at, count), S);
      // Where q is in: (m q − t) / q, one rounding fewer where m q is near t.
      const slope = v128.bitselect(f32x4.div(f32x4.sub(f32x4.mul(m, q), t), q), m, inside(q));
      store_block(dpred + at, f32x4.mul(factor, slope), count);
    }
  }
}
