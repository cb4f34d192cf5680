import { exp } from "../math/exp";
import { log } from "../math/log";
import { clip, inside } from "./clip";
import {
  alpha_step, beta_emit, beta_step, clear_row, EDGE, label_length, row_floats, skips,
} from "./ctc_paths";
import { HARDLY, log_sum, log_sum_3 } from "./log_sum";
import { row_exp_sum, row_fill, row_max, row_sum } from "./row_softmax";
import { block_size, keep_block, load_block, row_scale, store_block, store_loss, sum_lanes } from "./rows";

/**
 * Connectionist temporal classification: l = −ln p(y | x), the sum over all ways to spread the label's
 * classes over the steps, with blanks between them and repeats merged.
 *
 *   p(y | x) = Σ_{π → y} Π_t q_t(π_t)     q_t = softmax(pred_t), or pred_t / Σ pred_t, clipped
 *   γ_t(k) = Σ_{s: class k} α_t(s) β_t(s) / Σ_s α_t(s) β_t(s)   the share of the ways that say k at step t
 *   dl/dpred_t(k) = q_t(k) − γ_t(k) from logits, (Σ_j [j in] γ_t(j) − [k in] γ_t(k) / q_t(k)) / Σ pred_t else
 *
 * out  losses [B], dpred [T, B, O] or 0; b's rows are B_S apart as in pred
 * in   pred [T, B, O], target [B, L]: class ids, then `blank` to the end; mask [T, B] or 0: a step that does
 *      not count is passed over and has gradient 0; weights [B] or 0
 * scratch  (2T + 5) · row_floats(L) + 2T floats
 * `logits` says what pred is. Where no way gives the label, l is Infinity, or 0 when `free`; its gradient is
 * 0. With `share` l is divided by the number of the label's classes.
 * α and β are sums of logarithms in f32, shifted at each step so that the largest is 0; l is summed in f64.
 * Source: Graves et al. 2006; docs/equations/ctc.md
 */
export function ctc_loss(
  losses: usize, dpred: usize, pred: usize, target: usize, mask: usize, weights: usize, scratch: usize,
  T: i32, B: i32, BS: i32, O: i32, L: i32, scale: f32, blank: f32, logits: i32, free: i32, share: i32,
): void {
  const W = row_floats(L);
  const row = <usize>W << 2;
  const emissions = scratch;
  const alphas = emissions + <usize>T * row;
  const skip = alphas + <usize>(T + 1) * row;
  const beta = skip + row;
  const next = beta + row;
  const gamma = next + row;
  const norms = gamma + row;
  const step = (<usize>BS * O) << 2;
  for (let b = 0; b < B; b++) {
    const label = target + ((<usize>b * L) << 2);
    const U = label_length(label, L, blank);
    const S = 2 * U + 1;
    const x = pred + ((<usize>b * O) << 2);
    const m = mask ? mask + (<usize>b << 2) : 0;
    skips(skip, label, U, W);
    clear_row(alphas, W);
    clear_row(beta, W);
    clear_row(next, W);
    clear_row(gamma, W);
    store<f32>(alphas + (EDGE << 2), 0);
    // Steps that count lie one behind the other in emissions and alphas.
    let total = 0.0;
    let count = 0;
    for (let t = 0; t < T; t++) {
      if (m && load<f32>(m + ((<usize>t * BS) << 2)) == 0) continue;
      const e = emissions + <usize>count * row;
      clear_row(e, W);
      emit(e, norms + (<usize>count << 3), x + <usize>t * step, label, U, O, <i32>blank, logits);
      const before = alphas + <usize>count * row;
      count++;
      clear_row(before + row, W);
      total += <f64>alpha_step(before + row, before, e, skip, S);
    }
    const last = alphas + <usize>count * row + (<usize>(EDGE + S - 4) << 2);
    const ends = v128.load(last);
    const both = log_sum_3(ends, v128.shuffle<f32>(ends, ends, 1, 2, 3, 0), f32x4.splat(-f32.MAX_VALUE));
    const rest = f32x4.extract_lane(both, 2);
    const possible = rest > HARDLY || rest != rest;
    const by: f32 = share ? 1 / <f32>max(U, 1) : 1;
    if (possible) store_loss(losses, b, <f32>(0.0 - (total + <f64>rest)) * by);
    else store_loss(losses, b, free ? 0 : Infinity);
    if (!dpred) continue;
    const g = row_scale(weights, b, scale) * by;
    const d = dpred + ((<usize>b * O) << 2);
    store<f32>(next + (<usize>(EDGE + S - 1) << 2), 0);
    for (let t = T - 1; t >= 0; t--) {
      const dt = d + <usize>t * step;
      row_fill(dt, O, 0);
      if (!possible || (m && load<f32>(m + ((<usize>t * BS) << 2)) == 0)) continue;
      beta_step(beta, next, skip, S);
      occupancy(dt, gamma, alphas + <usize>count * row, beta, label, U, <i32>blank);
      count--;
      beta_emit(next, beta, emissions + <usize>count * row, S);
      const at = norms + (<usize>count << 3);
      if (logits) slope_logits(dt, x + <usize>t * step, O, load<f32>(at), load<f32>(at, 4), g);
      else slope(dt, x + <usize>t * step, O, load<f32>(at), g);
    }
  }
}

/** Class of state s. */
// @ts-ignore: decorator
@inline
function class_at(label: usize, s: i32, blank: i32): i32 {
  return s & 1 ? <i32>load<f32>(label + (<usize>(s >> 1) << 2)) : blank;
}

/**
 * The logarithms of what a step gives the states; norm [2] keeps what they were made with: largest logit and
 * Σ e^(x − largest), or the sum of the row.
 */
function emit(e: usize, norm: usize, x: usize, label: usize, U: i32, O: i32, blank: i32, logits: i32): void {
  const first = logits ? row_max(x, O) : row_sum(x, O);
  const second: f32 = logits ? row_exp_sum(0, x, O, first) : 0;
  store<f32>(norm, first);
  store<f32>(norm, second, 4);
  const whole = logits ? f32x4.extract_lane(log(f32x4.splat(second)), 0) : 0;
  for (let s = 0; s <= 2 * U; s++) {
    const value = load<f32>(x + (<usize>class_at(label, s, blank) << 2));
    const y = logits ? value - first - whole : f32x4.extract_lane(log(clip(f32x4.splat(value / first))), 0);
    store<f32>(e + (<usize>(EDGE + s) << 2), y);
  }
}

/** d[k] += γ(k); gamma [W] is overwritten. The blank's states are added by rising s, then the label's. */
function occupancy(
  d: usize, gamma: usize, alpha: usize, beta: usize, label: usize, U: i32, blank: i32,
): void {
  const S = 2 * U + 1;
  const begin: usize = EDGE << 2;
  const end = <usize>(EDGE + S) << 2;
  for (let p = begin; p < end; p += 16) {
    v128.store(gamma + p, f32x4.add(v128.load(alpha + p), v128.load(beta + p)));
  }
  const states = (S + 3) & ~3;
  const whole = f32x4.splat(log_sum(gamma + begin, states));
  for (let p = begin; p < end; p += 16) {
    v128.store(gamma + p, exp(f32x4.sub(v128.load(gamma + p), whole)));
  }
  for (let parity = 0; parity < 2; parity++) {
    for (let s = parity; s < S; s += 2) {
      const at = d + (<usize>class_at(label, s, blank) << 2);
      store<f32>(at, load<f32>(at) + load<f32>(gamma + (<usize>(EDGE + s) << 2)));
    }
  }
}

/** d_k = g (q_k − d_k),   q_k = e^(x_k − top) / whole */
function slope_logits(d: usize, x: usize, O: i32, top: f32, whole: f32, g: f32): void {
  const shift = f32x4.splat(top);
  const sum = f32x4.splat(whole);
  const factor = f32x4.splat(g);
  for (let j = 0; j < O; j += 4) {
    const count = block_size(O, j);
    const at = <usize>j << 2;
    const q = f32x4.div(exp(f32x4.sub(load_block(x + at, count), shift)), sum);
    store_block(d + at, f32x4.mul(factor, f32x4.sub(q, load_block(d + at, count))), count);
  }
}

/** d_k = g (Σ_j [j in] d_j − [k in] d_k / q_k) / total,   q_k = x_k / total */
function slope(d: usize, x: usize, O: i32, total: f32, g: f32): void {
  const sum = f32x4.splat(total);
  let mass = f32x4.splat(0);
  for (let j = 0; j < O; j += 4) {
    const count = block_size(O, j);
    const q = f32x4.div(load_block(x + (<usize>j << 2), count), sum);
    mass = f32x4.add(mass, keep_block(v128.and(load_block(d + (<usize>j << 2), count), inside(q)), count));
  }
  const m = f32x4.splat(sum_lanes(mass));
  const factor = f32x4.splat(g / total);
  for (let j = 0; j < O; j += 4) {
    const count = block_size(O, j);
    const at = <usize>j << 2;
    const q = f32x4.div(load_block(x + at, count), sum);
    const t = load_block(d + at, count);
    // Where q is in: (m q − t) / q, one rounding fewer where m q is near t.
    const rise = v128.bitselect(f32x4.div(f32x4.sub(f32x4.mul(m, q), t), q), m, inside(q));
    store_block(d + at, f32x4.mul(factor, rise), count);
  }
}
