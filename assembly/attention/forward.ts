import { gemm_group } from "../linalg/gemm";
import { pack_panels, pack_rows } from "../linalg/pack";
import { exp_settled } from "../math/exp";
import { log } from "../math/log";
import { dropout_mask } from "../random/dropout";
import { add_product, copy_scaled, in_sight, keep_keys, KEYS, lanes } from "./blocks";
import { LOWEST, QUERIES, QUERIES_CAUSAL, whole } from "./blocks";

/**
 * Scaled dot-product attention of N heads, without the scores of more than a block in memory.
 *   s_tj = scale · q_t · k_j,   p_tj = e^(s_tj − lse_t) m_tj,   y_t = Σ_j p_tj v_j,   lse_t = ln Σ_j e^(s_tj)
 * over the keys j that may be looked at: valid, allowed, j ≤ t if causal, j > t − window if that is not 0.
 * m is dropout's mask.
 * Keys come in blocks from key 0 on; behind each the largest score, the sum and y are brought up to date.
 * Keys out of sight add exact zeros, so y_t has the same bits whether or not they are there. A query that
 * sees no key gives 0.
 * out      y [T, B, N·E], lse [B·N, T]
 * in       q [T, B, N·D], k [S, B, N·D], v [S, B, N·E]; valid, also [S, B] and allowed [T, B, S] of 1 and 0,
 *          or 0
 *          rng as dropout_mask has it: element ((b·N + n)·T + t)·S + j of the stream `layer`
 * scratch  attentionScratch(S, D, E) floats of src/wasm/scratch.ts
 * Makes `count` of the B·N heads of samples, from `first` on. A window is for causal attention alone.
 * Source: Vaswani et al. 2017; Milakov & Gimelshein 2018; Dao et al. 2022; docs/equations/attention.md
 */
export function attention_forward(
  y: usize, lse: usize, q: usize, k: usize, v: usize, valid: usize, also: usize, allowed: usize, rng: usize,
  scratch: usize, first: i32, count: i32, T: i32, S: i32, B: i32, N: i32, D: i32, E: i32, causal: i32,
  window: i32, layer: i32, scale: f32, rate: f32,
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
  const queries = causal ? QUERIES_CAUSAL : QUERIES;
  for (let u = first; u < first + count; u++) {
    const headQ = (<usize>u * D) << 2;
    const headV = (<usize>u * E) << 2;
    const all = keep_keys(keep, valid, also, S, B, u / N) && !allowed;
    pack_panels(panels, k + headQ, D, S, 1, 1, B * N * D);
    for (let s = 0; s < S; s += KEYS) {
      const at = values + ((<usize>s * wide) << 2);
      pack_rows(at, v + headV + rowV * s, min(KEYS, S - s), E, rowV);
    }
    for (let t = 0; t < T; t += queries) {
      const rows = min(queries, T - t);
      copy_scaled(query, q + headQ + rowQ * t, rows, D, <usize>D << 2, rowQ, scale);
      memory.fill(sums, 0, (<usize>rows * E) << 2);
      for (let r = 0; r < rows; r++) {
        store<f32>(most + (<usize>r << 2), LOWEST);
        store<f32>(total + (<usize>r << 2), 0);
      }
      const seen = causal ? min(S, t + rows) : S;
      for (let s = window ? max(0, t - window + 1) & ~(KEYS - 1) : 0; s < seen; s += KEYS) {
        const deep = min(KEYS, S - s);
        const keys = min(KEYS, seen - s);
        const own = keep + (<usize>s << 2);
        gemm_group(
          scores, query, panels + ((<usize>s * D) << 2), 0, rows, keys, D, <usize>D << 2, KEYS << 2, 0,
        );
        const open = all && in_sight(s, keys, t, rows, causal, window);
        for (let r = 0; r < rows; r++) {
          const at = <usize>r << 2;
          const row = scores + at * KEYS;
          const to = sums + at * E;
          if (open) probabilities(false, row, own, 0, KEYS, 0, KEYS, most + at, total + at, to, E);
          else {
            const high = causal ? t + r - s + 1 : KEYS;
            const low = window ? high - window : 0;
            const mask = allowed ? allowed + ((<usize>((t + r) * B + u / N) * S + s) << 2) : 0;
            probabilities(true, row, own, mask, keys, low, high, most + at, total + at, to, E);
          }
          if (rate > 0) {
            dropout_mask(drop, rng, (u * T + t + r) * S + s, keys, layer, rate);
            for (let j: usize = 0; j < <usize>KEYS << 2; j += 16) {
              v128.store(row + j, f32x4.mul(v128.load(row + j), v128.load(drop + j)));
            }
          }
        }
        const at = values + ((<usize>s * wide) << 2);
        add_product(sums, <usize>E << 2, scores, KEYS << 2, at, <usize>deep << 5, rows, E, keys);
      }
      finish(y + headV + rowV * t, lse + ((<usize>(u * T + t)) << 2), sums, most, total, rows, E, rowV);
    }
  }
}

/**
 * A row of scores becomes e^(s − m); its largest value m, its sum and the row of sums of values follow. The
 * sum of a block runs in four partial sums, key j in sum j mod 4; then (0 + 2) + (1 + 3).
 * Keys from `low` to below `high` of the block are in sight; `keys` are there.
 */
// @ts-ignore: decorator
@inline
export function probabilities(
  masked: bool, row: usize, keep: usize, allowed: usize, keys: i32, low: i32, high: i32, most: usize,
  total: usize, sums: usize, E: i32,
): void {
  const lowest = f32x4.splat(LOWEST);
  const from = i32x4.splat(low);
  const to = i32x4.splat(high);
  const before = v128.load32_splat(most);
  let m = before;
  for (let j = 0; j < keys; j += 4) {
    let x = v128.load(row + (<usize>j << 2));
    if (masked) x = v128.bitselect(x, lowest, lanes(keep, allowed, j, from, to, keys));
    m = f32x4.pmax(m, x);
  }
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
  let sum = f32x4.splat(0);
  for (let j = 0; j < keys; j += 4) {
    const at = row + (<usize>j << 2);
    let p = exp_settled(f32x4.sub(v128.load(at), m));
    if (masked) p = v128.and(p, lanes(keep, allowed, j, from, to, keys));
    v128.store(at, p);
    sum = f32x4.add(sum, p);
  }
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 1, 0, 3, 2));
  let rest = load<f32>(total);
  // Sums of nothing stay 0, whatever they are multiplied by.
  if (rest != 0 && f32x4.extract_lane(m, 0) > f32x4.extract_lane(before, 0)) {
    const fade = f32x4.extract_lane(exp_settled(f32x4.sub(before, m)), 0);
    copy_scaled(sums, sums, 1, E, 0, 0, fade);
    rest *= fade;
  }
  store<f32>(total, rest + f32x4.extract_lane(sum, 0));
  v128.store_lane<f32>(most, m, 0);
}

/**
 * y[r, j] = sums[r, j] / total[r] + 0, so that a zero has one sign.
 * lse[r] = most[r] + ln total[r], 0 of nothing.
 */
export function finish(
  y: usize, lse: usize, sums: usize, most: usize, total: usize, R: i32, E: i32, ldy: usize,
): void {
  const body = <usize>(E & ~3) << 2;
  const end = <usize>E << 2;
  const zero = f32x4.splat(0);
  for (; R > 0; R--, y += ldy, sums += end, total += 4, most += 4, lse += 4) {
    let l = load<f32>(total);
    const some = l != 0;
    if (!some) l = 1;
    const x = f32x4.splat(l);
    if (some) v128.store_lane<f32>(lse, f32x4.add(v128.load32_splat(most), log(x)), 0);
    else store<f32>(lse, 0);
    let j: usize = 0;
    for (; j < body; j += 16) v128.store(y + j, f32x4.add(f32x4.div(v128.load(sums + j), x), zero));
    for (; j < end; j += 4) store<f32>(y + j, load<f32>(sums + j) / l + 0);
  }
}
