import { log } from "../math/log";
import { madd } from "../simd";
import { row_exp_sum, row_max } from "./row_softmax";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";
import { smooth } from "./smoothing";

/**
 * Categorical crossentropy of p = softmax(x), x = pred:
 * l = Σ_j t_j (log S − z_j),   z_j = x_j − max_k x_k,   S = Σ_k e^z_k
 * dl/dpred_j = p_j Σ_k t_k − t_j
 * t = target (1 − s) + s / O
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O] logits, target [R, O], weights [R] or 0; s = smoothing
 */
export function categorical_crossentropy_logits_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
  smoothing: f32,
): void {
  const share = smoothing / <f32>O;
  for (let r = 0; r < R; r++) {
    const row = <usize>r * <usize>O << 2;
    const top = row_max(pred + row, O);
    const S = row_exp_sum(dpred ? dpred + row : 0, pred + row, O, top);
    const log_S = log(f32x4.splat(S));
    const shift = f32x4.splat(top);
    let sum = f32x4.splat(0);
    let mass = sum;
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const at = row + (<usize>j << 2);
      const t = keep_block(smooth(load_block(target + at, count), smoothing, share), count);
      const z = f32x4.sub(load_block(pred + at, count), shift);
      sum = madd(t, f32x4.sub(log_S, z), sum);
      mass = f32x4.add(mass, t);
    }
    store_loss(losses, r, sum_lanes(sum));
    if (!dpred) continue;
    const g = f32x4.splat(row_scale(weights, r, scale));
    const share_of_power = f32x4.splat(sum_lanes(mass) / S);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const at = row + (<usize>j << 2);
      const t = smooth(load_block(target + at, count), smoothing, share);
      const slope = f32x4.sub(f32x4.mul(share_of_power, load_block(dpred + at, count)), t);
      store_block(dpred + at, f32x4.mul(g, slope), count);
    }
  }
}
