import { gemm_group } from "../linalg/gemm";
import { gemm_tn } from "../linalg/gemm_tn";
import { pack_panels, pack_rows } from "../linalg/pack";
import { dot_of } from "../linalg/reduce";
import { exp_settled } from "../math/exp";
import { dropout_mask } from "../random/dropout";
import { settle } from "../simd";
import { add_product, copy_scaled, in_sight, keep_keys, KEYS, lanes } from "./blocks";
import { QUERIES, QUERIES_CAUSAL, whole } from "./blocks";

/**
 * Gradients of attention_forward. The probabilities are made again, block by block, from lse.
 *   δ_t = dy_t · y_t,   ds_tj = p_tj (m_tj dy_t · v_j − δ_t)
 *   dq_t = scale Σ_j ds_tj k_j,   dk_j = scale Σ_t ds_tj q_t,   dv_j = Σ_t m_tj p_tj dy_t
 * each by rising index.
 * out      dq [T, B, N·D], dk [S, B, N·D], dv [S, B, N·E]
 * in       dy, y [T, B, N·E], lse [B·N, T], and what forward had
 * scratch  attentionBackwardScratch(T, S, D, E) floats
 */
export function attention_backward(
  dq: usize, dk: usize, dv: usize, dy: usize, y: usize, lse: usize, q: usize, k: usize, v: usize,
  valid: usize, also: usize, allowed: usize, rng: usize, scratch: usize,
  first: i32, count: i32, T: i32, S: i32, B: i32, N: i32, D: i32, E: i32, causal: i32, window: i32,
  layer: i32, scale: f32, rate: f32,
): void {
  const width = <usize>D << 2;
  const widthV = <usize>E << 2;
  const rowQ = width * B * N;
  const rowV = widthV * B * N;
  const wide = (D + 7) & ~7;
  const keep = scratch;
  const kt = keep + (<usize>whole(S) << 2);
  const vt = kt + width * whole(S);
  const keyRows = vt + widthV * whole(S);
  const query = keyRows + ((<usize>wide * whole(S)) << 2);
  const dquery = query + width * whole(T);
  const dout = dquery + width * whole(T);
  const delta = dout + widthV * whole(T);
  const dkey = delta + (<usize>whole(T) << 2);
  const dvalue = dkey + width * KEYS;
  const p = dvalue + widthV * KEYS;
  const ds = p + (<usize>(QUERIES * KEYS) << 2);
  const drop = ds + (<usize>(QUERIES * KEYS) << 2);
  const product = drop + (<usize>KEYS << 2);
  for (let u = first; u < first + count; u++) {
    const headQ = width * u;
    const headV = widthV * u;
    const all = keep_keys(keep, valid, also, S, B, u / N) && !allowed;
    pack_panels(kt, k + headQ, D, S, 1, 1, B * N * D);
    pack_panels(vt, v + headV, E, S, 1, 1, B * N * E);
    copy_scaled(query, q + headQ, T, D, width, rowQ, scale);
    copy_scaled(dout, dy + headV, T, E, widthV, rowV, 1);
    memory.fill(dquery, 0, width * T);
    for (let t = 0; t < T; t++) {
      const d = <f32>dot_of(dout + widthV * t, y + headV + rowV * t, E);
      store<f32>(delta + (<usize>t << 2), d);
    }
    for (let s = 0; s < S; s += KEYS) {
      const deep = min(KEYS, S - s);
      const rowsAt = keyRows + ((<usize>s * wide) << 2);
      pack_rows(rowsAt, k + headQ + rowQ * s, deep, D, rowQ);
      memory.fill(dkey, 0, width * KEYS + widthV * KEYS);
      const end = window ? min(T, s + deep + window - 1) : T;
      for (let t = causal ? s : 0; t < end;) {
        // On the diagonal few queries at a time, so that few products are for pairs out of sight.
        const rows = min(causal && t < s + KEYS ? QUERIES_CAUSAL : QUERIES, end - t);
        const keys = causal ? min(deep, t + rows - s) : deep;
        const qAt = query + width * t;
        const dyAt = dout + widthV * t;
        gemm_group(p, qAt, kt + width * s, 0, rows, keys, D, width, KEYS << 2, 0);
        gemm_group(ds, dyAt, vt + widthV * s, 0, rows, keys, E, widthV, KEYS << 2, 0);
        const open = all && in_sight(s, keys, t, rows, causal, window);
        for (let r = 0; r < rows; r++) {
          const at = <usize>(r * KEYS) << 2;
          if (rate > 0) dropout_mask(drop, rng, (u * T + t + r) * S + s, keys, layer, rate);
          const m = rate > 0 ? drop : 0;
          const l = lse + (<usize>(u * T + t + r) << 2);
          const d = delta + (<usize>(t + r) << 2);
          if (open) gradients(false, p + at, ds + at, keep, 0, l, d, m, KEYS, 0, KEYS);
          else {
            const high = causal ? t + r - s + 1 : KEYS;
            const low = window ? high - window : 0;
            const mask = allowed ? allowed + ((<usize>((t + r) * B + u / N) * S + s) << 2) : 0;
            gradients(true, p + at, ds + at, keep + (<usize>s << 2), mask, l, d, m, keys, low, high);
          }
        }
        gemm_tn(dvalue, p, dyAt, product, keys, E, rows, KEYS, E, E);
        gemm_tn(dkey, ds, qAt, product, keys, D, rows, KEYS, D, D);
        add_product(dquery + width * t, width, ds, KEYS << 2, rowsAt, <usize>deep << 5, rows, D, keys);
        t += rows;
      }
      copy_scaled(dk + headQ + rowQ * s, dkey, deep, D, rowQ, width, 1);
      copy_scaled(dv + headV + rowV * s, dvalue, deep, E, rowV, widthV, 1);
    }
    copy_scaled(dq + headQ, dquery, T, D, rowQ, width, scale);
  }
}

/** A row of scores becomes p m, a row of dy · v becomes p (m dy · v − δ); m at `drop`, or 1 if that is 0. */
// @ts-ignore: decorator
@inline
function gradients(
  masked: bool, p: usize, ds: usize, keep: usize, allowed: usize, lse: usize, delta: usize, drop: usize,
  keys: i32, low: i32, high: i32,
): void {
  const l = v128.load32_splat(lse);
  const d = v128.load32_splat(delta);
  const from = i32x4.splat(low);
  const to = i32x4.splat(high);
  for (let j = 0; j < keys; j += 4) {
    const at = <usize>j << 2;
    let e = exp_settled(f32x4.sub(v128.load(p + at), l));
    let g = v128.load(ds + at);
    let m = f32x4.splat(1);
    if (drop) m = v128.load(drop + at);
    g = settle(f32x4.mul(e, f32x4.sub(f32x4.mul(g, m), d)));
    e = f32x4.mul(e, m);
    if (masked) {
      const seen = lanes(keep, allowed, j, from, to, keys);
      e = v128.and(e, seen);
      g = v128.and(g, seen);
    }
    v128.store(p + at, e);
    v128.store(ds + at, g);
  }
}
