import { strip } from "./tile";
import { pair_strip, row_strip } from "./wide";

/** Depth of a K block: its panel (8 columns) and one tile of A stay in the first-level cache. */
const KC: i32 = 512;
/** Rows of an M block: with KC they keep A in the second-level cache while the panels pass. */
const MC: i32 = 192;

/**
 * C = init + A B, each element one chain of madds: init, then k = 0, 1, 2, ...
 * init is bias[n] if bias is not 0, else the old C if accumulate is not 0, else 0.
 * out  c [M, N], row stride ldc
 * in   a [M, K], row stride lda
 *      packed: B [K, N] as pack_panels lays it out for G groups
 *      bias [N], or 0
 * An element's bits depend on its row of A and column of B only, never on M, N, tile or block.
 */
export function gemm(
  c: usize, a: usize, packed: usize, bias: usize, M: i32, N: i32, K: i32, G: i32, lda: i32, ldc: i32,
  accumulate: i32,
): void {
  if (M <= 0 || N <= 0) return;
  // Groups without padding are contiguous panels of one wide matrix.
  let columns = N / G;
  if (!(columns & 7)) columns = N;
  const panels = <usize>((columns + 7) >> 3);
  for (let n = 0; n < N; n += columns) {
    gemm_group(c, a, packed, bias, M, columns, K, <usize>lda << 2, <usize>ldc << 2, accumulate);
    c += <usize>columns << 2;
    if (bias) bias += <usize>columns << 2;
    packed += (panels * K) << 5;
  }
}

/** gemm for one group of columns; strides in bytes. */
export function gemm_group(
  c: usize, a: usize, packed: usize, bias: usize, M: i32, N: i32, K: i32, lda: usize, ldc: usize,
  accumulate: i32,
): void {
  if (M == 1) {
    one_row(c, bias ? bias : accumulate ? c : 0, a, packed, N, K);
    return;
  }
  if (M == 2) {
    two_rows(c, ldc, bias ? bias : accumulate ? c : 0, bias ? 0 : ldc, a, lda, packed, N, K);
    return;
  }
  let m = 0;
  do {
    const rows = M - m > MC + MC / 2 ? MC : M - m;
    let k = 0;
    do {
      const depth = K - k > KC ? KC : K - k;
      const carry = k > 0 || (!bias && accumulate);
      let p = packed + (<usize>k << 5);
      for (let n = 0; n < N; n += 8) {
        const to = c + (<usize>n << 2);
        const init = carry ? to : bias ? bias + (<usize>n << 2) : 0;
        const from = a + (<usize>k << 2);
        rows_by_panel(to, ldc, init, carry ? ldc : 0, from, lda, p, rows, depth, min(N - n, 8));
        p += <usize>K << 5;
      }
      k += depth;
    } while (k < K);
    m += rows;
    a += <usize>rows * lda;
    c += <usize>rows * ldc;
  } while (m < M);
}

/** One row against all panels of a group, four at a time; five are taken as 3 + 2 and six as 3 + 3. */
function one_row(c: usize, init: usize, a: usize, packed: usize, N: i32, K: i32): void {
  let left = (N + 7) >> 3;
  while (left > 0) {
    const take = left > 6 || left == 4 ? 4 : left > 4 ? 3 : left;
    const w = min(N - ((take - 1) << 3), 8);
    left -= take;
    if (take == 4) row_strip(4, c, init, a, packed, K, w);
    else if (take == 3) row_strip(3, c, init, a, packed, K, w);
    else if (take == 2) row_strip(2, c, init, a, packed, K, w);
    else row_strip(1, c, init, a, packed, K, w);
    const done = <usize>take << 5;
    N -= take << 3;
    c += done;
    if (init) init += done;
    packed += done * K;
  }
}

/** Two rows against all panels of a group, two at a time. */
function two_rows(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, packed: usize, N: i32, K: i32,
): void {
  for (; N > 8; N -= 16) {
    pair_strip(c, ldc, init, ldi, a, lda, packed, K, min(N - 8, 8));
    c += 64;
    if (init) init += 64;
    packed += <usize>K << 6;
  }
  if (N > 0) strip2(1, c, ldc, init, ldi, a, lda, packed, K, N);
}

/** M rows against one panel, in tiles of 6, 5 and 4 rows; 3 only where M = 3 or 7. */
function rows_by_panel(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, p: usize, M: i32, K: i32, w: i32,
): void {
  let sixes = M / 6;
  const rest = M - 6 * sixes;
  let fives = rest == 5 ? 1 : 0;
  let fours = rest == 4 ? 1 : 0;
  let last = 0;
  if (rest > 0 && rest < 4) {
    if (sixes == 0) {
      last = rest;
    } else if (rest == 3) {
      sixes -= 1; fives = 1; fours = 1;
    } else if (rest == 2) {
      sixes -= 1; fours = 2;
    } else if (sixes > 1) {
      sixes -= 2; fives = 1; fours = 2;
    } else {
      sixes = 0; fours = 1; last = 3;
    }
  }
  if (sixes) {
    strip6(sixes, c, ldc, init, ldi, a, lda, p, K, w);
    const done = <usize>sixes * 6;
    c += done * ldc; a += done * lda;
    if (init) init += done * ldi;
  }
  if (fives) {
    strip5(fives, c, ldc, init, ldi, a, lda, p, K, w);
    c += 5 * ldc; a += 5 * lda;
    if (init) init += 5 * ldi;
  }
  if (fours) {
    strip4(fours, c, ldc, init, ldi, a, lda, p, K, w);
    const done = <usize>fours * 4;
    c += done * ldc; a += done * lda;
    if (init) init += done * ldi;
  }
  if (last == 3) strip3(1, c, ldc, init, ldi, a, lda, p, K, w);
}

function strip6(
  count: i32, c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, p: usize, K: i32, w: i32,
): void {
  strip(6, count, c, ldc, init, ldi, a, lda, p, K, w);
}

function strip5(
  count: i32, c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, p: usize, K: i32, w: i32,
): void {
  strip(5, count, c, ldc, init, ldi, a, lda, p, K, w);
}

function strip4(
  count: i32, c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, p: usize, K: i32, w: i32,
): void {
  strip(4, count, c, ldc, init, ldi, a, lda, p, K, w);
}

function strip3(
  count: i32, c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, p: usize, K: i32, w: i32,
): void {
  strip(3, count, c, ldc, init, ldi, a, lda, p, K, w);
}

function strip2(
  count: i32, c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, p: usize, K: i32, w: i32,
): void {
  strip(2, count, c, ldc, init, ldi, a, lda, p, K, w);
}
