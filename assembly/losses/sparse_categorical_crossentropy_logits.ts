import { log } from "../math/log";
import { class_of } from "./class_id";
import { row_exp_sum, row_fill, row_max, row_scale_in_place } from "./row_softmax";
import { row_scale, store_loss } from "./rows";

/**
 * Sparse categorical crossentropy of p = softmax(x), x = pred:
 * l = log S − z_y,   z_j = x_j − max_k x_k,   S = Σ_k e^z_k
 * dl/dpred_j = e^z_j / S − [j = y]
 * y is the row's class; a row without one (see class_of) has loss 0 and gradient 0.
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O] logits, target [R] class ids, weights [R] or 0; ignore: a class id, or NaN
 */
export function sparse_categorical_crossentropy_logits_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
  ignore: f32,
): void {
  for (let r = 0; r < R; r++) {
    const row = <usize>r * <usize>O << 2;
    const y = class_of(target, r, O, ignore);
    if (y < 0) {
      store_loss(losses, r, 0);
      if (dpred) row_fill(dpred + row, O, 0);
      continue;
    }
    const top = row_max(pred + row, O);
    const S = row_exp_sum(dpred ? dpred + row : 0, pred + row, O, top);
    const at = row + (<usize>y << 2);
    store_loss(losses, r, f32x4.extract_lane(log(f32x4.splat(S)), 0) - (load<f32>(pred + at) - top));
    if (!dpred) continue;
    const g = row_scale(weights, r, scale);
    const power = load<f32>(dpred + at);
    row_scale_in_place(dpred + row, O, g / S);
    store<f32>(dpred + at, g * ((power - S) / S));
  }
}
