import { gemm } from "../linalg/gemm";
import { gemm_tn } from "../linalg/gemm_tn";
import { pack_panels } from "../linalg/pack";
import { exp } from "../math/exp";
import { log } from "../math/log";
import { NOTHING } from "../losses/log_sum";
import { row_exp_sum, row_max } from "../losses/row_softmax";
import { block_size, load_block, row_scale, store_block, store_loss, sum_lanes } from "../losses/rows";
import { madd } from "../simd";
import { draw_classes, log_expected, log_range } from "./log_uniform";

/**
 * Softmax crossentropy over the class of a row and S sampled ones instead of all V.
 *
 *   x_k = h·w_k + b_k − ln expected(k)         k the row's class y, or a sampled one other than y
 *   l = ln Σ_k e^x_k − x_y,   dl/dx_k = p_k − [k = y]
 *
 * The sampled classes are the same for all rows, and drawn anew for each step of training.
 * out  losses [R], dh [R, I]; dtable [V, I] and dbias [V] are added to, address 0: not wanted
 * in   h [R, I], target [R] classes, table [V, I], bias [V] or 0, weights [R] or 0, rng [4] u32
 * scratch  see sampledSoftmaxScratch: classes [S] i32 and the number of draws come first
 * Gradients of a row of the table are added by rising row of h where it is the class, then once as a sampled
 * one.
 * Source: Jean, Cho, Memisevic, Bengio 2015; tf.nn.sampled_softmax_loss with remove_accidental_hits
 */
export function sampled_softmax_loss(
  losses: usize, dh: usize, dtable: usize, dbias: usize, h: usize, target: usize, table: usize, bias: usize,
  weights: usize, rng: usize, scratch: usize, R: i32, I: i32, V: i32, S: i32, scale: f32, stream: i32,
): void {
  const width = whole(S);
  const classes = scratch;
  const tries_at = classes + (<usize>width << 2);
  const offsets = tries_at + 16;
  const rows = offsets + (<usize>width << 2);
  const packed = rows + (<usize>whole(S * I) << 2);
  const logits = packed + (<usize>max(((S + 7) & ~7) * I, ((I + 7) & ~7) * S) << 2);
  const own = logits + (<usize>whole(R * S) << 2);
  const marks = own + (<usize>whole(R) << 2);
  const rest = marks + (<usize>whole((V + 31) >> 5) << 2);
  const step = <usize>I << 2;

  const tries = draw_classes(classes, rng, marks, S, V, stream);
  store<i32>(tries_at, tries);
  const range = log_range(V);
  for (let s = 0; s < S; s++) {
    const at = <usize>s << 2;
    const k = load<i32>(classes + at);
    const b: f32 = bias ? load<f32>(bias + (<usize>k << 2)) : 0;
    store<f32>(offsets + at, b - log_expected(k, tries, range));
    memory.copy(rows + <usize>s * step, table + <usize>k * step, step);
  }
  pack_panels(packed, rows, I, S, 1, 1, I);
  gemm(logits, h, packed, offsets, R, S, I, 1, I, S, 0);

  for (let r = 0; r < R; r++) {
    const y = <i32>load<f32>(target + (<usize>r << 2));
    const x = logits + (<usize>(r * S) << 2);
    for (let s = 0; s < S; s++) {
      if (load<i32>(classes + (<usize>s << 2)) == y) store<f32>(x + (<usize>s << 2), NOTHING);
    }
    const b: f32 = bias ? load<f32>(bias + (<usize>y << 2)) : 0;
    const product = dot(h + <usize>r * step, table + <usize>y * step, I);
    const t = product + (b - log_expected(y, tries, range));
    const top = max<f32>(row_max(x, S), t);
    const others = row_exp_sum(x, x, S, top);
    const e = f32x4.extract_lane(exp(f32x4.splat(t - top)), 0);
    const sum = others + e;
    store_loss(losses, r, f32x4.extract_lane(log(f32x4.splat(sum)), 0) - (t - top));
    const g = row_scale(weights, r, scale);
    row_times(x, S, g / sum);
    // p − 1 without cancellation where p is near 1.
    store<f32>(own + (<usize>r << 2), -g * (others / sum));
  }

  pack_panels(packed, rows, S, I, 1, I, 1);
  gemm(dh, logits, packed, 0, R, I, S, 1, S, I, 0);
  for (let r = 0; r < R; r++) {
    const y = <usize><i32>load<f32>(target + (<usize>r << 2));
    const d = load<f32>(own + (<usize>r << 2));
    add_row(dh + <usize>r * step, table + y * step, I, d);
    if (dtable) add_row(dtable + y * step, h + <usize>r * step, I, d);
    if (dbias) add_to(dbias + (y << 2), d);
  }
  if (dtable) {
    memory.fill(rows, 0, <usize>S * step);
    gemm_tn(rows, logits, h, rest, S, I, R, S, I, I);
  }
  for (let s = 0; s < S; s++) {
    const k = <usize>load<i32>(classes + (<usize>s << 2));
    if (dtable) add_row(dtable + k * step, rows + <usize>s * step, I, 1);
    if (!dbias) continue;
    let sum: f32 = 0;
    for (let r = 0; r < R; r++) sum += load<f32>(logits + (<usize>(r * S + s) << 2));
    add_to(dbias + (k << 2), sum);
  }
}

/** Floats of a block of scratch: what follows is a multiple of 16 bytes away. */
// @ts-ignore: decorator
@inline
function whole(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Σ_j a_j b_j: element j in sum j mod 4, by rising j; then (0 + 2) + (1 + 3) */
function dot(a: usize, b: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < n; j += 4) {
    const count = block_size(n, j);
    sum = madd(load_block(a + (<usize>j << 2), count), load_block(b + (<usize>j << 2), count), sum);
  }
  return sum_lanes(sum);
}

/** y_j += factor · x_j */
function add_row(y: usize, x: usize, n: i32, factor: f32): void {
  const by = f32x4.splat(factor);
  for (let j = 0; j < n; j += 4) {
    const count = block_size(n, j);
    const at = <usize>j << 2;
    store_block(y + at, madd(by, load_block(x + at, count), load_block(y + at, count)), count);
  }
}

/** x_j *= factor */
function row_times(x: usize, n: i32, factor: f32): void {
  const by = f32x4.splat(factor);
  for (let j = 0; j < n; j += 4) {
    const count = block_size(n, j);
    const at = x + (<usize>j << 2);
    store_block(at, f32x4.mul(by, load_block(at, count)), count);
  }
}

// @ts-ignore: decorator
@inline
function add_to(at: usize, value: f32): void {
  store<f32>(at, load<f32>(at) + value);
}
