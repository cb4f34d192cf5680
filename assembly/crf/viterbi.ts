import { NOTHING } from "../losses/log_sum";
import { row_fill } from "../losses/row_softmax";
import { padded_row, shift_row, tag_floats } from "./chain";

/**
 * The best tags of a linear chain, of equals those of the smaller number: y_t(j) = 1 for the tag j of step t,
 * else 0.
 *
 *   δ_t(j) = u_t(j) + max_i (δ_{t−1}(i) + A(i, j))        the tags are read back from the largest δ_T
 *
 * out  y [T, B, N]; a step that does not count is 0 throughout
 * in   u [T, B, N] potentials, chain A [N, N], mask [T, B] or 0
 * scratch  (N + T + 3) · tag_floats(N) floats
 * Source: Viterbi 1967; docs/equations/crf.md
 */
export function crf_viterbi(
  y: usize, u: usize, chain: usize, mask: usize, scratch: usize, T: i32, B: i32, BS: i32, N: i32,
): void {
  const W = tag_floats(N);
  const row = <usize>W << 2;
  const from = scratch;
  const own = from + <usize>N * row;
  const best = own + row;
  const next = best + row;
  const origins = next + row;
  const step = <usize>(BS * N) << 2;
  const tags = <usize>BS << 2;
  for (let i = 0; i < N; i++) padded_row(from + <usize>i * row, chain + (<usize>(i * N) << 2), N);
  for (let b = 0; b < B; b++) {
    const x = u + (<usize>(b * N) << 2);
    const m = mask ? mask + (<usize>b << 2) : 0;
    let count = 0;
    for (let t = 0; t < T; t++) {
      if (m && load<f32>(m + <usize>t * tags) == 0) continue;
      padded_row(own, x + <usize>t * step, N);
      if (count == 0) memory.copy(best, own, row);
      else {
        advance(next, origins + <usize>count * row, best, from, own, N);
        memory.copy(best, next, row);
      }
      shift_row(best, W);
      count++;
    }
    let tag = 0;
    for (let j = 1; j < N; j++) {
      if (load<f32>(best + (<usize>j << 2)) > load<f32>(best + (<usize>tag << 2))) tag = j;
    }
    for (let t = T - 1; t >= 0; t--) {
      const out = y + (<usize>(b * N) << 2) + <usize>t * step;
      row_fill(out, N, 0);
      if (m && load<f32>(m + <usize>t * tags) == 0) continue;
      store<f32>(out + (<usize>tag << 2), 1);
      count--;
      if (count > 0) tag = load<i32>(origins + <usize>count * row + (<usize>tag << 2));
    }
  }
}

/** y_j = u_j + max_i (x_i + A_ij), and in origins the smallest i that gives it;   rows [W], a [N, W] */
function advance(y: usize, origins: usize, x: usize, a: usize, u: usize, N: i32): void {
  const row = <usize>tag_floats(N) << 2;
  for (let j: usize = 0; j < row; j += 16) {
    let top = f32x4.splat(2 * NOTHING);
    let where = i32x4.splat(0);
    for (let i = 0; i < N; i++) {
      const way = f32x4.add(v128.load32_splat(x + (<usize>i << 2)), v128.load(a + <usize>i * row + j));
      const better = f32x4.gt(way, top);
      top = v128.bitselect(way, top, better);
      where = v128.bitselect(i32x4.splat(i), where, better);
    }
    v128.store(y + j, f32x4.add(top, v128.load(u + j)));
    v128.store(origins + j, where);
  }
}
