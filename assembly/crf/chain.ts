/**
 * A linear chain over the steps of a sequence, each of which has one of N tags, in logarithms.
 *
 * Rows over tags have `tag_floats(N)` floats, those behind the last tag NOTHING; rows of the chain A [N, N]
 * are padded in the same way. So loops run over whole vectors, and every element has the same bits wherever
 * it falls.
 */
import { exp } from "../math/exp";
import { log } from "../math/log";
import { HARDLY, max_lanes, NOTHING } from "../losses/log_sum";
import { block_size, load_block, pad_block } from "../losses/rows";

/** Floats of a padded row over N tags. */
// @ts-ignore: decorator
@inline
export function tag_floats(N: i32): i32 {
  return (N + 3) & ~3;
}

/** out  row [W];  in  x [N] */
// @ts-ignore: decorator
@inline
export function padded_row(row: usize, x: usize, N: i32): void {
  for (let j = 0; j < N; j += 4) {
    const count = block_size(N, j);
    const at = <usize>j << 2;
    v128.store(row + at, pad_block(load_block(x + at, count), count, f32x4.splat(NOTHING)));
  }
}

/**
 * out  from [N, W]: A padded;  to [N, W]: Aᵀ padded
 * in   chain [N, N]: from tag i to tag j
 */
export function padded_chain(from: usize, to: usize, chain: usize, N: i32): void {
  const row = <usize>tag_floats(N) << 2;
  for (let i = 0; i < N; i++) {
    const own = chain + (<usize>(i * N) << 2);
    padded_row(from + <usize>i * row, own, N);
    const turned = to + <usize>i * row;
    for (let p = turned; p < turned + row; p += 16) v128.store(p, f32x4.splat(NOTHING));
    for (let j = 0; j < N; j++) {
      store<f32>(turned + (<usize>j << 2), load<f32>(chain + (<usize>(j * N + i) << 2)));
    }
  }
}

/** y_j = ln Σ_i e^(x_i + A_ij) + u_j, by rising i;   y [W], x [W], a [N, W], u [W] or 0 */
export function chain_sum(y: usize, x: usize, a: usize, u: usize, N: i32): void {
  const row = <usize>tag_floats(N) << 2;
  for (let j: usize = 0; j < row; j += 16) {
    let top = f32x4.splat(NOTHING);
    for (let i = 0; i < N; i++) {
      const way = f32x4.add(v128.load32_splat(x + (<usize>i << 2)), v128.load(a + <usize>i * row + j));
      top = f32x4.pmax(top, way);
    }
    let sum = f32x4.splat(0);
    for (let i = 0; i < N; i++) {
      const way = f32x4.add(v128.load32_splat(x + (<usize>i << 2)), v128.load(a + <usize>i * row + j));
      sum = f32x4.add(sum, exp(f32x4.sub(way, top)));
    }
    const whole = f32x4.add(top, log(sum));
    v128.store(y + j, u ? f32x4.add(whole, v128.load(u + j)) : whole);
  }
}

/** Takes the largest of a row [W] from all of it, and gives it. */
export function shift_row(x: usize, W: i32): f32 {
  const end = x + (<usize>W << 2);
  let top = f32x4.splat(NOTHING);
  for (let p = x; p < end; p += 16) top = f32x4.pmax(top, v128.load(p));
  const m = max_lanes(top);
  if (m <= HARDLY) return 0;
  const by = f32x4.splat(m);
  for (let p = x; p < end; p += 16) v128.store(p, f32x4.sub(v128.load(p), by));
  return m;
}
