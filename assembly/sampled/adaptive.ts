import { gemm } from "../linalg/gemm";
import { gemm_tn } from "../linalg/gemm_tn";
import { pack_panels } from "../linalg/pack";
import { row_exp_sum, row_max } from "../losses/row_softmax";
import { block_size, load_block, row_scale, store_block } from "../losses/rows";
import { log } from "../math/log";

/** Whether the class of a row is one of N from `first` on. */
// @ts-ignore: decorator
@inline
function within(target: usize, r: i32, first: i32, N: i32): bool {
  const y = load<f32>(target + (<usize>r << 2));
  return y >= <f32>first && y < <f32>(first + N);
}

/** out_r = value where target_r is one of N classes from `first` on;   out [R], target [R] */
export function adaptive_classes(out: usize, target: usize, R: i32, first: i32, N: i32, value: f32): void {
  for (let r = 0; r < R; r++) if (within(target, r, first, N)) store<f32>(out + (<usize>r << 2), value);
}

/**
 * y_rj = factor_r · part_rj: the probabilities of a cluster among those of all V classes
 * out  y [R, N], row stride V
 * in   part [R, N], row stride ldp; factor [R], stride ldf, or 0 for ones
 */
export function adaptive_join(
  y: usize, part: usize, factor: usize, R: i32, N: i32, V: i32, ldp: i32, ldf: i32,
): void {
  for (let r = 0; r < R; r++) {
    const by = f32x4.splat(factor ? load<f32>(factor + (<usize>(r * ldf) << 2)) : 1);
    const from = part + (<usize>(r * ldp) << 2);
    const to = y + (<usize>(r * V) << 2);
    for (let j = 0; j < N; j += 4) {
      const count = block_size(N, j);
      const at = <usize>j << 2;
      store_block(to + at, f32x4.mul(by, load_block(from + at, count)), count);
    }
  }
}

/**
 * The part of the loss that a cluster of N classes has, for the M rows whose class is in it: products are of
 * these rows alone.
 *
 *   p = h·P,   x = p·W,   l_r += ln Σ_j e^x_j − x_y
 *
 * out  losses [R], dh [R, I], dproj [I, D], dw [D, N]: all added to; dh at address 0: losses alone are wanted
 * in   h [R, I], target [R] classes, P [I, D], W [D, N], weights [R] or 0
 * scratch  see adaptiveTailScratch
 * Source: Grave, Joulin, Cissé, Grangier, Jégou 2017
 */
export function adaptive_tail_loss(
  losses: usize, dh: usize, dproj: usize, dw: usize, h: usize, target: usize, proj: usize, w: usize,
  weights: usize, scratch: usize, R: i32, I: i32, D: i32, N: i32, first: i32, scale: f32,
): void {
  const rows = scratch;
  const own = rows + (<usize>whole(R) << 2);
  const p = own + (<usize>whole(R * I) << 2);
  const dp = p + (<usize>whole(R * D) << 2);
  const x = dp + (<usize>whole(R * D) << 2);
  const packed = x + (<usize>whole(R * N) << 2);
  const most = max(max(panels(D) * I, panels(N) * D), max(panels(D) * N, panels(I) * D));
  const rest = packed + (<usize>most << 2);
  const step = <usize>I << 2;
  let M = 0;
  for (let r = 0; r < R; r++) {
    if (!within(target, r, first, N)) continue;
    store<i32>(rows + (<usize>M << 2), r);
    memory.copy(own + <usize>M * step, h + <usize>r * step, step);
    M++;
  }
  if (M == 0) return;
  pack_panels(packed, proj, I, D, 1, D, 1);
  gemm(p, own, packed, 0, M, D, I, 1, I, D, 0);
  pack_panels(packed, w, D, N, 1, N, 1);
  gemm(x, p, packed, 0, M, N, D, 1, D, N, 0);
  for (let m = 0; m < M; m++) {
    const r = load<i32>(rows + (<usize>m << 2));
    const at = <usize>r << 2;
    const row = x + (<usize>(m * N) << 2);
    const y = row + (<usize>(<i32>load<f32>(target + at) - first) << 2);
    const top = row_max(row, N);
    const score = load<f32>(y) - top;
    const sum = row_exp_sum(row, row, N, top);
    const l = f32x4.extract_lane(log(f32x4.splat(sum)), 0) - score;
    store<f32>(losses + at, load<f32>(losses + at) + l);
    const g = row_scale(weights, r, scale);
    const power = load<f32>(y);
    for (let j = 0; j < N; j += 4) {
      const count = block_size(N, j);
      const to = row + (<usize>j << 2);
      store_block(to, f32x4.mul(f32x4.splat(g / sum), load_block(to, count)), count);
    }
    store<f32>(y, g * ((power - sum) / sum));
  }
  if (!dh) return;
  if (dw) gemm_tn(dw, p, x, rest, D, N, M, D, N, N);
  pack_panels(packed, w, N, D, 1, 1, N);
  gemm(dp, x, packed, 0, M, D, N, 1, N, D, 0);
  if (dproj) gemm_tn(dproj, own, dp, rest, I, D, M, I, D, D);
  pack_panels(packed, proj, D, I, 1, 1, D);
  gemm(own, dp, packed, 0, M, I, D, 1, D, I, 0);
  for (let m = 0; m < M; m++) {
    const to = dh + <usize>load<i32>(rows + (<usize>m << 2)) * step;
    const from = own + <usize>m * step;
    for (let i = 0; i < I; i += 4) {
      const count = block_size(I, i);
      const at = <usize>i << 2;
      store_block(to + at, f32x4.add(load_block(to + at, count), load_block(from + at, count)), count);
    }
  }
}

/** Floats of a block of scratch: what follows is a multiple of 16 bytes away. */
// @ts-ignore: decorator
@inline
function whole(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Columns of panels of 8. */
// @ts-ignore: decorator
@inline
function panels(n: i32): i32 {
  return (n + 7) & ~7;
}
