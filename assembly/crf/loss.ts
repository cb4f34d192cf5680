import { exp } from "../math/exp";
import { log_sum } from "../losses/log_sum";
import { row_fill } from "../losses/row_softmax";
import { block_size, load_block, row_scale, store_block, store_loss } from "../losses/rows";
import { chain_sum, padded_chain, padded_row, shift_row, tag_floats } from "./chain";

/**
 * Negative log-likelihood of the tags of a linear-chain conditional random field.
 *
 *   s(y) = Σ_t u_t(y_t) + Σ_t A(y_{t−1}, y_t)        l = ln Σ_{y'} e^s(y') − s(y)
 *   dl/du_t(j) = p(y_t = j) − [y_t = j]
 *   dl/dA(i, j) = Σ_t p(y_{t−1} = i, y_t = j) − [y_{t−1} = i][y_t = j]
 *
 * out  losses [B], du [T, B, N] or 0, dchain [B, N, N] or 0: of each sample, for the layer to add up
 * in   u [T, B, N] potentials, target [T, B] tags, chain A [N, N]; mask [T, B] or 0: a step that does not
 *      count is passed over, and has gradient 0; weights [B] or 0
 * scratch  (2N + T + 4) · tag_floats(N) floats
 * A tag outside [0, N) is read as 0. Without any step that counts l is 0.
 * Sums are of logarithms in f32, shifted at each step so that the largest is 0; l is summed in f64.
 * Source: Lafferty, McCallum, Pereira 2001; docs/equations/crf.md
 */
export function crf_loss(
  losses: usize, du: usize, dchain: usize, u: usize, target: usize, chain: usize, mask: usize, weights: usize,
  scratch: usize, T: i32, B: i32, BS: i32, N: i32, scale: f32,
): void {
  const W = tag_floats(N);
  const row = <usize>W << 2;
  const from = scratch;
  const to = from + <usize>N * row;
  const own = to + <usize>N * row;
  const behind = own + row;
  const next = behind + row;
  const gamma = next + row;
  const alphas = gamma + row;
  const step = <usize>(BS * N) << 2;
  const tags = <usize>BS << 2;
  padded_chain(from, to, chain, N);
  for (let b = 0; b < B; b++) {
    const x = u + (<usize>(b * N) << 2);
    const y = target + (<usize>b << 2);
    const m = mask ? mask + (<usize>b << 2) : 0;
    let total = 0.0;
    let score = 0.0;
    let count = 0;
    let before = 0;
    for (let t = 0; t < T; t++) {
      if (m && load<f32>(m + <usize>t * tags) == 0) continue;
      const alpha = alphas + <usize>count * row;
      const tag = tag_of(y + <usize>t * tags, N);
      padded_row(own, x + <usize>t * step, N);
      if (count == 0) memory.copy(alpha, own, row);
      else {
        chain_sum(alpha, alpha - row, from, own, N);
        score += <f64>load<f32>(chain + (<usize>(before * N + tag) << 2));
      }
      score += <f64>load<f32>(own + (<usize>tag << 2));
      total += <f64>shift_row(alpha, W);
      before = tag;
      count++;
    }
    const rest = count > 0 ? log_sum(alphas + <usize>(count - 1) * row, W) : 0;
    store_loss(losses, b, <f32>(total + <f64>rest - score));
    if (!du) continue;
    const g = row_scale(weights, b, scale);
    const d = du + (<usize>(b * N) << 2);
    const pairs = dchain ? dchain + (<usize>(b * N * N) << 2) : 0;
    if (pairs) row_fill(pairs, N * N, 0);
    row_fill(behind, W, 0);
    let after = -1;
    for (let t = T - 1; t >= 0; t--) {
      const dt = d + <usize>t * step;
      if (m && load<f32>(m + <usize>t * tags) == 0) {
        row_fill(dt, N, 0);
        continue;
      }
      count--;
      const alpha = alphas + <usize>count * row;
      const tag = tag_of(y + <usize>t * tags, N);
      if (after >= 0) chain_sum(behind, next, to, 0, N);
      for (let j: usize = 0; j < row; j += 16) {
        v128.store(gamma + j, f32x4.add(v128.load(alpha + j), v128.load(behind + j)));
      }
      const whole = log_sum(gamma, W);
      marginals(dt, gamma, whole, tag, N, g);
      if (pairs && after >= 0) pair_marginals(pairs, alpha, from, next, whole, tag, after, N, g);
      padded_row(own, x + <usize>t * step, N);
      for (let j: usize = 0; j < row; j += 16) {
        v128.store(next + j, f32x4.add(v128.load(own + j), v128.load(behind + j)));
      }
      shift_row(next, W);
      after = tag;
    }
  }
}

/** The tag at an address, or 0 where it is none. */
// @ts-ignore: decorator
@inline
function tag_of(at: usize, N: i32): i32 {
  const tag = load<f32>(at);
  return tag >= 0 && tag < <f32>N ? <i32>tag : 0;
}

/** d_j = g (e^(x_j − whole) − [j = tag]);   d [N], x [W] */
function marginals(d: usize, x: usize, whole: f32, tag: i32, N: i32, g: f32): void {
  for (let j = 0; j < N; j++) {
    const p = exp(f32x4.sub(v128.load32_splat(x + (<usize>j << 2)), f32x4.splat(whole)));
    const hit: f32 = j == tag ? 1 : 0;
    store<f32>(d + (<usize>j << 2), g * (f32x4.extract_lane(p, 0) - hit));
  }
}

/** d_ij += g (e^(α_i + A_ij + v_j − whole) − [i = tag][j = after]);   d [N, N], a [N, W], v [W] */
function pair_marginals(
  d: usize, alpha: usize, a: usize, v: usize, whole: f32, tag: i32, after: i32, N: i32, g: f32,
): void {
  const row = <usize>tag_floats(N) << 2;
  const factor = f32x4.splat(g);
  for (let i = 0; i < N; i++) {
    const start = f32x4.splat(load<f32>(alpha + (<usize>i << 2)) - whole);
    const own = d + (<usize>(i * N) << 2);
    for (let j = 0; j < N; j += 4) {
      const count = block_size(N, j);
      const at = <usize>j << 2;
      const way = f32x4.add(v128.load(a + <usize>i * row + at), v128.load(v + at));
      const p = f32x4.mul(factor, exp(f32x4.add(start, way)));
      store_block(own + at, f32x4.add(load_block(own + at, count), p), count);
    }
  }
  const hit = d + (<usize>(tag * N + after) << 2);
  store<f32>(hit, load<f32>(hit) - g);
}
