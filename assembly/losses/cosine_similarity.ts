import { madd, nmadd } from "../simd";
import { block_size, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/** Least norm that a row is divided by (Keras's epsilon). */
const EPSILON: f32 = 1e-7;

/**
 * l = −c,   c = Σ_j p̂_j t̂_j,   x̂ = x / max(‖x‖, 1e-7)
 * dl/dpred_j = (c p̂_j − t̂_j) / ‖pred‖, or −t̂_j / 1e-7 where ‖pred‖ ≤ 1e-7
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 * Squared norms are f32: a row of elements beyond 1e19 overflows and counts as orthogonal.
 */
export function cosine_similarity_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  for (let r = 0; r < R; r++) {
    const row = <usize>r * <usize>O << 2;
    let pp = f32x4.splat(0);
    let tt = pp;
    let pt = pp;
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const at = row + (<usize>j << 2);
      const p = load_block(pred + at, count);
      const t = load_block(target + at, count);
      pp = madd(p, p, pp);
      tt = madd(t, t, tt);
      pt = madd(p, t, pt);
    }
    const norm = sqrt<f32>(sum_lanes(pp));
    const p_norm = max<f32>(norm, EPSILON);
    const t_norm = max<f32>(sqrt<f32>(sum_lanes(tt)), EPSILON);
    const cosine = sum_lanes(pt) / p_norm / t_norm;
    store_loss(losses, r, -cosine);
    if (!dpred) continue;
    const factor = row_scale(weights, r, scale) / p_norm;
    const along = f32x4.splat(norm > EPSILON ? factor * cosine / p_norm : 0);
    const toward = f32x4.splat(factor / t_norm);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const at = row + (<usize>j << 2);
      const t = load_block(target + at, count);
      store_block(dpred + at, nmadd(toward, t, f32x4.mul(along, load_block(pred + at, count))), count);
    }
  }
}
