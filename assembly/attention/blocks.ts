import { gemm_group, tiles } from "../linalg/gemm";
import { load_edge } from "../linalg/edge";

/** Keys in a block. Blocks begin at multiples of it, so that a query meets its keys in one order. */
export const KEYS: i32 = 64;
/** Queries in a block. It has no bearing on the bits: rows of a product do not see each other. */
export const QUERIES: i32 = 96;
/** The same where later keys are not seen: fewer products for pairs out of sight. */
export const QUERIES_CAUSAL: i32 = 24;
/** Below every score; its difference from itself is 0, where that of infinities is not a number. */
export const LOWEST: f32 = -3.4028234663852886e38;

/** n rounded up to whole blocks. */
// @ts-ignore: decorator
@inline
export function whole(n: i32): i32 {
  return (n + 63) & ~63;
}

/**
 * keep[s] = all ones where key s of sample b may be looked at, else 0; 0 behind the S keys up to a block.
 * in  valid, also [S, B] of 1 and 0, or 0 for all
 * Returns whether all S may.
 */
export function keep_keys(keep: usize, valid: usize, also: usize, S: i32, B: i32, b: i32): bool {
  let all = true;
  for (let s = 0; s < S; s++, keep += 4) {
    const at = (<usize>(s * B + b)) << 2;
    const counts = (!valid || load<f32>(valid + at) != 0) && (!also || load<f32>(also + at) != 0);
    store<i32>(keep, counts ? -1 : 0);
    all = all && counts;
  }
  for (let s = S; s < whole(S); s++, keep += 4) store<i32>(keep, 0);
  return all;
}

/** out[r, j] = factor · a[r, j] for R rows of n; row strides in bytes. */
export function copy_scaled(
  out: usize, a: usize, R: i32, n: i32, ldo: usize, lda: usize, factor: f32,
): void {
  const f = f32x4.splat(factor);
  const body = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; R > 0; R--, out += ldo, a += lda) {
    let j: usize = 0;
    for (; j < body; j += 16) v128.store(out + j, f32x4.mul(v128.load(a + j), f));
    for (; j < end; j += 4) store<f32>(out + j, load<f32>(a + j) * factor);
  }
}

/** Whether each of the queries t to t + rows − 1 sees all keys of a whole block. */
// @ts-ignore: decorator
@inline
export function in_sight(s: i32, keys: i32, t: i32, rows: i32, causal: i32, window: i32): bool {
  return keys == KEYS && (!causal || s + KEYS <= t + 1) && (!window || t + rows - window <= s);
}

/**
 * C += A B for M rows against panels of K rows that lie `ldp` bytes apart, K ≤ ldp / 32; strides in bytes.
 * K is at most a block of keys: what follows in the panels is left out.
 */
// @ts-ignore: decorator
@inline
export function add_product(
  c: usize, ldc: usize, a: usize, lda: usize, panels: usize, ldp: usize, M: i32, N: i32, K: i32,
): void {
  if (ldp == <usize>K << 5) gemm_group(c, a, panels, 0, M, N, K, lda, ldc, 1);
  else tiles(c, ldc, c, ldc, a, lda, panels, ldp, M, N, K);
}

/**
 * Ones in the lanes of keys j to j + 3 of a block that may be looked at: from `low` to below `high` in the
 * block, kept, and allowed by its row of a mask where there is one, which has `left` keys of the block.
 */
// @ts-ignore: decorator
@inline
export function lanes(keep: usize, allowed: usize, j: i32, low: v128, high: v128, left: i32): v128 {
  const at = <usize>j << 2;
  const key = i32x4.add(i32x4.splat(j), i32x4(0, 1, 2, 3));
  let seen = v128.and(v128.load(keep + at), v128.and(i32x4.ge_s(key, low), i32x4.lt_s(key, high)));
  if (allowed) {
    const row = left - j >= 4 ? v128.load(allowed + at) : load_edge(allowed + at, left - j);
    seen = v128.and(seen, f32x4.ne(row, f32x4.splat(0)));
  }
  return seen;
}
