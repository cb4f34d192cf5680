import { gemm_group } from "../linalg/gemm";
import { pack_panels, pack_rows } from "../linalg/pack";
import { exp } from "../math/exp";
import { log } from "../math/log";
import { dropout_mask } from "../random/dropout";
import { settle } from "../simd";
import { copy_scaled, keep_keys, KEYS, lanes, LOWEST, QUERIES, whole } from "./blocks";

/**
 * Scaled dot-product attention of N heads, without the scores of more than a block in memory.
 *   s_tj = scale · q_t · k_j,   p_tj = e^(s_tj − lse_t) m_tj,   y_t = Σ_j p_tj v_j,   lse_t = ln Σ_j e^(s_tj)
 * over the keys j that may be looked at: valid, and j ≤ t if causal. m is dropout's mask.
 * Keys come in blocks from key 0 on; behind each the largest score, the sum and y are brought up to date.
 * Keys out of sight add exact zeros, so y_t has the same bits whether or not they are there. A query that
 * sees no key gives 0.
 * out      y [T, B, N·E], lse [B·N, T]
 * in       q [T, B, N·D], k [S, B, N·D], v [S, B, N·E]; valid, also [S, B] of 1 and 0, or 0
 *          rng as dropout_mask has it: element ((b·N + n)·T + t)·S + j of the stream `layer`
 * scratch  attentionScratch(S, D, E) floats of src/wasm/scratch.ts
 * Makes `count` of the B·N heads of samples, from `first` on.
 * Source: Vaswani et al. 2017; Milakov & Gimelshein 2018; Dao et al. 2022; docs/equations/attention.md
 */
export function attention_forward(
  y: usize, lse: usize, q: usize, k: usize, v: usize, valid: usize, also: usize, rng: usize, scratch: usize,
  first: i32, count: i32, T: i32, S: i32, B: i32, N: i32, D: i32, E: i32, causal: i32, layer: i32,
  scale: f32, rate: f32,
): void {
  const rowQ = <usize>(B * N * D) << 2;
  const rowV = <usize>(B * N * E) << 2;
  const wide = (E + 7) & ~7;
  const keep = scratch;
  const panels = keep + (<usize>whole(S) << 2);
  const values = panels + ((<usize>whole(S) * D) << 2);
  const query = values + ((<usize>whole(S) * wide) << 2);
  const sums = query + ((<usize>QUERIES * D) << 2);
  const scores = sums + ((<usize>QUERIES * E) << 2);
  const most = scores + (<usize>(QUERIES * KEYS) << 2);
  const total = most + (<usize>QUERIES << 2);
  const drop = total + (<usize>QUERIES << 2);
  for (let u = first; u < first + count; u++) {
    const headQ = (<usize>u * D) << 2;
    const headV = (<usize>u * E) << 2;
    const all = keep_keys(keep, valid, also, S, B, u / N);
    pack_panels(panels, k + headQ, D, S, 1, 1, B * N * D);
    for (let s = 0; s < S; s += KEYS) {
      const at = values + ((<usize>s * wide) << 2);
      pack_rows(at, v + headV + rowV * s, min(KEYS, S - s), E, rowV);
    }
    for (let t = 0; t < T; t += QUERIES) {
      const rows = min(QUERIES, T - t);
      copy_scaled(query, q + headQ + rowQ * t, rows, D, <usize>D << 2, rowQ, scale);
      memory.fill(sums, 0, (<usize>rows * E) << 2);
      for (let r = 0; r < rows; r++) {
        store<f32>(most + (<usize>r << 2), LOWEST);
        store<f32>(total + (<usize>r << 2), 0);
      }
      const seen = causal ? min(S, t + rows) : S;
      for (let s = 0; s < seen; s += KEYS) {
        const keys = min(KEYS, S - s);
        const own = keep + (<usize>s << 2);
        gemm_group(
          scores, query, panels + ((<usize>s * D) << 2), 0, rows, keys, D, <usize>D << 2, KEYS << 2, 0,
        );
        const open = all && keys == KEYS && (!causal || s + KEYS <= t + 1);
        for (let r = 0; r < rows; r++) {
          const at = <usize>r << 2;
          const row = scores + at * KEYS;
          const to = sums + at * E;
          if (open) probabilities(false, row, own, KEYS, KEYS, most + at, total + at, to, E);
          else {
            const limit = causal ? t + r - s + 1 : KEYS;
            probabilities(true, row, own, keys, limit, most + at, total + at, to, E);
          }
          if (rate > 0) {
            dropout_mask(drop, rng, (u * T + t + r) * S + s, keys, layer, rate);
            for (let j: usize = 0; j < <usize>KEYS << 2; j += 16) {
              v128.store(row + j, f32x4.mul(v128.load(row + j), v128.load(drop + j)));
            }
          }
        }
        gemm_group(
          sums, scores, values + ((<usize>s * wide) << 2), 0, rows, E, keys, KEYS << 2, <usize>E << 2, 1,
        );
      }
      for (let r = 0; r < rows; r++) {
        const at = <usize>r << 2;
        const sum = load<f32>(total + at);
        const l = f32x4.add(v128.load32_splat(most + at), log(f32x4.splat(sum)));
        const some = sum != 0;
        store<f32>(lse + ((<usize>(u * T + t + r)) << 2), some ? f32x4.extract_lane(l, 0) : 0);
        store<f32>(total + at, some ? sum : 1);
      }
      divide(y + headV + rowV * t, sums, total, rows, E, rowV);
    }
  }
}

/**
 * A row of scores becomes e^(s − m); its largest value m, its sum and the row of sums of values follow. The
 * sum of a block runs in four partial sums, key j in sum j mod 4; then (0 + 2) + (1 + 3).
 */
// @ts-ignore: decorator
@inline
function probabilities(
  masked: bool, row: usize, keep: usize, keys: i32, limit: i32, most: usize, total: usize, sums: usize,
  E: i32,
): void {
  const lowest = f32x4.splat(LOWEST);
  const bound = i32x4.splat(limit);
  const before = v128.load32_splat(most);
  let m = before;
  for (let j = 0; j < keys; j += 4) {
    let x = v128.load(row + (<usize>j << 2));
    if (masked) x = v128.bitselect(x, lowest, lanes(keep, j, bound));
    m = f32x4.pmax(m, x);
  }
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
  let sum = f32x4.splat(0);
  for (let j = 0; j < keys; j += 4) {
    const at = row + (<usize>j << 2);
    let p = settle(exp(f32x4.sub(v128.load(at), m)));
    if (masked) p = v128.and(p, lanes(keep, j, bound));
    v128.store(at, p);
    sum = f32x4.add(sum, p);
  }
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 1, 0, 3, 2));
  const fade = settle(exp(f32x4.sub(before, m)));
  store<f32>(total, load<f32>(total) * f32x4.extract_lane(fade, 0) + f32x4.extract_lane(sum, 0));
  v128.store_lane<f32>(most, m, 0);
  const factor = f32x4.extract_lane(fade, 0);
  if (factor != 1) copy_scaled(sums, sums, 1, E, 0, 0, factor);
}

/** y[r, j] = sums[r, j] / total[r] + 0, so that a zero has one sign. */
function divide(y: usize, sums: usize, total: usize, R: i32, E: i32, ldy: usize): void {
  const body = <usize>(E & ~3) << 2;
  const end = <usize>E << 2;
  const zero = f32x4.splat(0);
  for (; R > 0; R--, y += ldy, sums += end, total += 4) {
    const l = v128.load32_splat(total);
    let j: usize = 0;
    for (; j < body; j += 16) v128.store(y + j, f32x4.add(f32x4.div(v128.load(sums + j), l), zero));
    for (; j < end; j += 4) store<f32>(y + j, load<f32>(sums + j) / load<f32>(total) + 0);
  }
}
