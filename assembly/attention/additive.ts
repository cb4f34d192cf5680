import { axpy } from "../linalg/elementwise";
import { dot_of } from "../linalg/reduce";
import { exp_settled } from "../math/exp";
import { log } from "../math/log";
import { tanh } from "../math/tanh";
import { load_lanes, store_lanes } from "../optimizers/lanes";
import { dropout_mask } from "../random/dropout";
import { madd, nmadd, settle } from "../simd";
import { LOWEST } from "./blocks";

/**
 * Additive attention.   s_tj = Σ_d w_d tanh(q_td + k_jd),   p_tj = e^(s_tj − lse_t) m_tj
 *                       y_t = Σ_j p_tj v_j
 * over the keys j in sight: valid, allowed, j ≤ t if causal. m is dropout's mask. The scores of one query at
 * a time are in memory. A query that sees no key gives 0. Keys out of sight have no bearing on the bits: sums
 * over d run in four partial sums, d in sum d mod 4, those over keys by rising key.
 * out      y [T, B, E], lse [B, T]
 * in       q [T, B, D], k [S, B, D], v [S, B, E], w [D]; valid, also [S, B] and allowed [T, B, S] of 1 and 0,
 *          or 0; rng as dropout_mask has it: element (b·T + t)·S + j of the stream `layer`
 * scratch  additiveScratch(S, D) floats of src/wasm/scratch.ts
 * Makes `count` of the B samples, from `first` on.
 * Source: Bahdanau, Cho, Bengio 2015; docs/equations/attention.md
 */
export function additive_forward(
  y: usize, lse: usize, q: usize, k: usize, v: usize, w: usize, valid: usize, also: usize, allowed: usize,
  rng: usize, scratch: usize, first: i32, count: i32, T: i32, S: i32, B: i32, D: i32, E: i32, causal: i32,
  layer: i32, rate: f32,
): void {
  const width = <usize>D << 2;
  const widthV = <usize>E << 2;
  const drop = scratch + (<usize>S << 2);
  const h = drop + (<usize>S << 2);
  for (let b = first; b < first + count; b++) {
    for (let t = 0; t < T; t++) {
      const row = <usize>(t * B + b);
      const seen = causal ? min(S, t + 1) : S;
      const pairs = allowed ? allowed + ((row * S) << 2) : 0;
      let most = LOWEST;
      let some = false;
      for (let j = 0; j < seen; j++) {
        if (!counts(valid, also, pairs, j, B, b)) continue;
        const s = score(h, q + width * row, k + width * (j * B + b), w, D);
        store<f32>(scratch + (<usize>j << 2), s);
        some = true;
        if (!(s <= most)) most = s;
      }
      const to = y + widthV * row;
      memory.fill(to, 0, widthV);
      store<f32>(lse + (<usize>(b * T + t) << 2), 0);
      if (!some) continue;
      if (rate > 0) dropout_mask(drop, rng, (b * T + t) * S, seen, layer, rate);
      let total: f32 = 0;
      for (let j = 0; j < seen; j++) {
        if (!counts(valid, also, pairs, j, B, b)) continue;
        const at = <usize>j << 2;
        const p = one_exp(load<f32>(scratch + at) - most);
        total += p;
        axpy(to, v + widthV * (j * B + b), E, rate > 0 ? p * load<f32>(drop + at) : p);
      }
      const l = f32x4.add(f32x4.splat(most), log(f32x4.splat(total)));
      v128.store_lane<f32>(lse + (<usize>(b * T + t) << 2), l, 0);
      const whole = f32x4.splat(total);
      for (let e = 0; e < E; e += 4) {
        const n = min(4, E - e);
        const at = to + (<usize>e << 2);
        store_lanes(at, f32x4.add(f32x4.div(load_lanes(at, n), whole), f32x4.splat(0)), n);
      }
    }
  }
}

/**
 * Gradients of additive_forward; scores and probabilities are made again from lse.
 *   δ_t = dy_t · y_t,   ds_tj = p_tj (m_tj dy_t · v_j − δ_t),   h_tj = tanh(q_t + k_j)
 *   dq_t = Σ_j ds_tj w ⊙ (1 − h_tj²),   dk_j = Σ_t of the same,   dv_j = Σ_t m_tj p_tj dy_t
 *   dw_b = Σ_tj ds_tj h_tj, a row for each sample
 * each by rising index.
 * out      dq [T, B, D], dk [S, B, D], dv [S, B, E], dw [B, D]
 * in       dy, y [T, B, E], lse [B, T], and what forward had
 * scratch  additiveScratch(S, D) floats
 */
export function additive_backward(
  dq: usize, dk: usize, dv: usize, dw: usize, dy: usize, y: usize, lse: usize, q: usize, k: usize, v: usize,
  w: usize, valid: usize, also: usize, allowed: usize, rng: usize, scratch: usize, first: i32, count: i32,
  T: i32, S: i32, B: i32, D: i32, E: i32, causal: i32, layer: i32, rate: f32,
): void {
  const width = <usize>D << 2;
  const widthV = <usize>E << 2;
  const drop = scratch + (<usize>S << 2);
  const h = drop + (<usize>S << 2);
  for (let b = first; b < first + count; b++) {
    for (let j = 0; j < S; j++) {
      memory.fill(dk + width * (j * B + b), 0, width);
      memory.fill(dv + widthV * (j * B + b), 0, widthV);
    }
    const weights = dw + width * b;
    memory.fill(weights, 0, width);
    for (let t = 0; t < T; t++) {
      const row = <usize>(t * B + b);
      const seen = causal ? min(S, t + 1) : S;
      const pairs = allowed ? allowed + ((row * S) << 2) : 0;
      const query = q + width * row;
      const out = dy + widthV * row;
      const delta = <f32>dot_of(out, y + widthV * row, E);
      const l = load<f32>(lse + (<usize>(b * T + t) << 2));
      memory.fill(dq + width * row, 0, width);
      if (rate > 0) dropout_mask(drop, rng, (b * T + t) * S, seen, layer, rate);
      for (let j = 0; j < seen; j++) {
        if (!counts(valid, also, pairs, j, B, b)) continue;
        const other = <usize>(j * B + b);
        const p = one_exp(score(h, query, k + width * other, w, D) - l);
        const m: f32 = rate > 0 ? load<f32>(drop + (<usize>j << 2)) : 1;
        axpy(dv + widthV * other, out, E, p * m);
        const ds = p * (m * <f32>dot_of(out, v + widthV * other, E) - delta);
        through(dq + width * row, dk + width * other, weights, h, w, D, ds);
      }
    }
  }
}

/** Whether key j of sample b may be looked at. */
// @ts-ignore: decorator
@inline
function counts(valid: usize, also: usize, pairs: usize, j: i32, B: i32, b: i32): bool {
  const at = <usize>(j * B + b) << 2;
  if (valid && load<f32>(valid + at) == 0) return false;
  if (also && load<f32>(also + at) == 0) return false;
  return !pairs || load<f32>(pairs + (<usize>j << 2)) != 0;
}

/** h = tanh(q + k); gives Σ_d w_d h_d. */
// @ts-ignore: decorator
@inline
function score(h: usize, q: usize, k: usize, w: usize, D: i32): f32 {
  let sum = f32x4.splat(0);
  for (let d = 0; d < D; d += 4, q += 16, k += 16, w += 16, h += 16) {
    const n = min(4, D - d);
    const x = tanh(f32x4.add(load_lanes(q, n), load_lanes(k, n)));
    store_lanes(h, x, n);
    sum = madd(load_lanes(w, n), x, sum);
  }
  sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.add(sum, v128.shuffle<f32>(sum, sum, 1, 0, 3, 2)), 0);
}

// @ts-ignore: decorator
@inline
function one_exp(x: f32): f32 {
  return f32x4.extract_lane(exp_settled(f32x4.splat(x)), 0);
}

/** dq and dk += ds w ⊙ (1 − h²), dw += ds h */
function through(dq: usize, dk: usize, dw: usize, h: usize, w: usize, D: i32, ds: f32): void {
  const g = f32x4.splat(ds);
  for (let d = 0; d < D; d += 4, dq += 16, dk += 16, dw += 16, h += 16, w += 16) {
    const n = min(4, D - d);
    const x = load_lanes(h, n);
    const slope = nmadd(x, x, f32x4.splat(1));
    const e = settle(f32x4.mul(f32x4.mul(g, load_lanes(w, n)), slope));
    store_lanes(dq, f32x4.add(load_lanes(dq, n), e), n);
    store_lanes(dk, f32x4.add(load_lanes(dk, n), e), n);
    store_lanes(dw, madd(g, x, load_lanes(dw, n)), n);
  }
}
