import { log } from "../math/log";
import { class_of } from "./class_id";
import { clip, inside } from "./clip";
import { row_fill, row_sum } from "./row_softmax";
import { row_scale, store_loss } from "./rows";

/**
 * l = −log c,   c = q clipped to [1e-7, 1 − 1e-7],   q = pred_y / S,   S = Σ_k pred_k
 * dl/dpred_j = (1 − [j = y] / q) / S, or 0 for the whole row where clipping moves q
 * y is the row's class; a row without one (see class_of) has loss 0 and gradient 0.
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O] not negative, target [R] class ids, weights [R] or 0; ignore: a class id, or NaN
 * A row whose sum is 0 gives NaN.
 */
export function sparse_categorical_crossentropy_loss(
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
    const total = row_sum(pred + row, O);
    const at = row + (<usize>y << 2);
    const q = load<f32>(pred + at) / total;
    const v = f32x4.splat(q);
    store_loss(losses, r, -f32x4.extract_lane(log(clip(v)), 0));
    if (!dpred) continue;
    const factor = v128.any_true(inside(v)) ? row_scale(weights, r, scale) / total : <f32>0;
    row_fill(dpred + row, O, factor);
    if (factor != 0) store<f32>(dpred + at, factor * ((q - 1) / q));
  }
}
