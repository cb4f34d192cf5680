import { exp } from "../math/exp";
import { log1p_unit } from "../math/log1p";
import { tanh } from "../math/tanh";
import { madd } from "../simd";
import { block_size, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * log cosh e, relative accuracy throughout. With a = |e|:
 *   a² < 1/2   a² P(a²), P a minimax polynomial of log(cosh a) / a²
 *   else       (a − ln 2) + log(1 + e^−2a), which neither overflows nor cancels there
 */
// @ts-ignore: decorator
@inline
function log_cosh(e: v128): v128 {
  const a = f32x4.abs(e);
  const u = f32x4.mul(a, a);
  let p = madd(u, f32x4.splat(-0.000453759637336), f32x4.splat(0.00204278107358));
  p = madd(p, u, f32x4.splat(-0.00671047197777));
  p = madd(p, u, f32x4.splat(0.0222181620491));
  p = madd(p, u, f32x4.splat(-0.0833331614982));
  p = madd(p, u, f32x4.splat(0.5));
  const near = f32x4.mul(p, u);
  const tail = exp(f32x4.mul(a, f32x4.splat(-2)));
  const far = f32x4.add(f32x4.sub(a, f32x4.splat(0.693147180559945)), log1p_unit(tail));
  return v128.bitselect(near, far, f32x4.lt(u, f32x4.splat(0.5)));
}

/**
 * l = mean_j log cosh e_j,   dl/dpred_j = tanh(e_j) / O,   e = pred − target
 * out  losses [R], dpred [R, O] or 0
 * in   pred [R, O], target [R, O], weights [R] or 0
 */
export function log_cosh_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, weights: usize, R: i32, O: i32, scale: f32,
): void {
  let at: usize = 0;
  for (let r = 0; r < R; r++) {
    const factor = f32x4.splat(row_scale(weights, r, scale) / <f32>O);
    let sum = f32x4.splat(0);
    for (let j = 0; j < O; j += 4) {
      const count = block_size(O, j);
      const e = f32x4.sub(load_block(pred + at, count), load_block(target + at, count));
      sum = f32x4.add(sum, log_cosh(e));
      if (dpred) store_block(dpred + at, f32x4.mul(factor, tanh(e)), count);
      at += <usize>count << 2;
    }
    store_loss(losses, r, sum_lanes(sum) / <f32>O);
  }
}
