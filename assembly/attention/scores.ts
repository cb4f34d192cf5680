import { gemm_group } from "../linalg/gemm";
import { pack_panels } from "../linalg/pack";
import { exp_settled } from "../math/exp";
import { load_tail, store_tail } from "../simd";
import { copy_scaled, keep_keys, KEYS, lanes, QUERIES, whole } from "./blocks";

/**
 * The probabilities that attention_forward works with, written out for every pair, before dropout.
 *   p_tj = e^(s_tj − lse_t) for the keys in sight, else 0
 * out      p [N, B, T, S]
 * in       lse [B·N, T] of attention_forward, and what it had
 * scratch  attentionScratch(S, D, 1) floats of src/wasm/scratch.ts
 * Makes `count` of the B·N heads of samples, from `first` on.
 */
export function attention_scores(
  p: usize, lse: usize, q: usize, k: usize, valid: usize, also: usize, allowed: usize, scratch: usize,
  first: i32, count: i32, T: i32, S: i32, B: i32, N: i32, D: i32, causal: i32, window: i32, scale: f32,
): void {
  const rowQ = <usize>(B * N * D) << 2;
  const keep = scratch;
  const panels = keep + (<usize>whole(S) << 2);
  const query = panels + ((<usize>whole(S) * D) << 2);
  const scores = query + ((<usize>QUERIES * D) << 2);
  for (let u = first; u < first + count; u++) {
    const headQ = (<usize>u * D) << 2;
    const b = u / N;
    keep_keys(keep, valid, also, S, B, b);
    pack_panels(panels, k + headQ, D, S, 1, 1, B * N * D);
    const out = p + ((<usize>((u - b * N) * B + b) * T * S) << 2);
    for (let t = 0; t < T; t += QUERIES) {
      const rows = min(QUERIES, T - t);
      copy_scaled(query, q + headQ + rowQ * t, rows, D, <usize>D << 2, rowQ, scale);
      for (let s = 0; s < S; s += KEYS) {
        const keys = min(KEYS, S - s);
        const at = panels + ((<usize>s * D) << 2);
        gemm_group(scores, query, at, 0, rows, keys, D, <usize>D << 2, KEYS << 2, 0);
        for (let r = 0; r < rows; r++) {
          const high = causal ? t + r - s + 1 : KEYS;
          const from = i32x4.splat(window ? high - window : 0);
          const to = i32x4.splat(high);
          const mask = allowed ? allowed + ((<usize>((t + r) * B + b) * S + s) << 2) : 0;
          const l = v128.load32_splat(lse + (<usize>(u * T + t + r) << 2));
          const row = scores + (<usize>(r * KEYS) << 2);
          const write = out + ((<usize>(t + r) * S + s) << 2);
          for (let j = 0; j < keys; j += 4) {
            const at = <usize>j << 2;
            const left = keys - j;
            const x = left >= 4 ? v128.load(row + at) : load_tail(row + at, left);
            const seen = lanes(keep + (<usize>s << 2), mask, j, from, to, keys);
            const e = v128.and(exp_settled(f32x4.sub(x, l)), seen);
            if (left >= 4) v128.store(write + at, e);
            else store_tail(write + at, e, left);
          }
        }
      }
    }
  }
}
