import { strip } from "./tile";
import { pair_strip, row_strip } from "./wide";

/** Depth of a block: six rows of A stay in the first-level cache while panels stream past. */
const KC: i32 = 512;
/** Elements of B in a block: they stay in the second-level cache while the rows of A pass. */
const BLOCK: i32 = 1 << 17;

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
  if (isDefined(ROW_BY_ROW)) {
    // The core of programs that only step: a batch is its rows one after another, without tiles.
    for (; M > 0; M--) {
      one_row(c, bias ? bias : accumulate ? c : 0, a, packed, N, K);
      c += ldc;
      a += lda;
    }
    return;
  }
  if (M == 2) {
    two_rows(c, ldc, bias ? bias : accumulate ? c : 0, bias ? 0 : ldc, a, lda, packed, N, K);
    return;
  }
  const even = evenly(K, KC);
  let k = 0;
  do {
    const depth = min(even, K - k);
    const columns = max(8, (BLOCK / max(depth, 1)) & ~7);
    const carry = k > 0 || (!bias && accumulate);
    for (let n = 0; n < N; n += columns) {
      const at = <usize>n << 2;
      const init = carry ? c + at : bias ? bias + at : 0;
      const panels = packed + ((<usize>n * K) << 2) + (<usize>k << 5);
      const width = min(columns, N - n);
      const from = a + (<usize>k << 2);
      tiles(c + at, ldc, init, carry ? ldc : 0, from, lda, panels, <usize>K << 5, M, width, depth);
    }
    k += depth;
  } while (k < K);
}

/** The size of the fewest blocks of at most `most` that cover n: nearly equal, a multiple of 4 if several. */
// @ts-ignore: decorator
@inline
export function evenly(n: i32, most: i32): i32 {
  if (n <= most) return n;
  const blocks = (n + most - 1) / most;
  return ((n + blocks - 1) / blocks + 3) & ~3;
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
  if (N > 0) strip2(c, ldc, init, ldi, a, lda, packed, 0, N, K);
}

/**
 * C = init + A B, or A B where init is 0: M rows against N columns in tiles of 6, 5 and 4 rows; of fewer only
 * where M is 1, 2, 3 or 7. Strides in bytes; panels are ldp apart, of which the first K rows are used.
 */
export function tiles(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  M: i32, N: i32, K: i32,
): void {
  while (M > 0) {
    const rest = M % 6;
    let rows = 6;
    if (M < 6 || rest > 3) rows = rest;
    else if (rest == 2 || M == 7) rows = 4;
    else if (rest > 0) rows = 5;
    if (rows == 6) strip6(c, ldc, init, ldi, a, lda, panels, ldp, N, K);
    else if (rows == 5) strip5(c, ldc, init, ldi, a, lda, panels, ldp, N, K);
    else if (rows == 4) strip4(c, ldc, init, ldi, a, lda, panels, ldp, N, K);
    else if (rows == 3) strip3(c, ldc, init, ldi, a, lda, panels, ldp, N, K);
    else if (rows == 2) strip2(c, ldc, init, ldi, a, lda, panels, ldp, N, K);
    else strip1(c, ldc, init, ldi, a, lda, panels, ldp, N, K);
    M -= rows;
    c += <usize>rows * ldc;
    a += <usize>rows * lda;
    if (init) init += <usize>rows * ldi;
  }
}

function strip6(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  N: i32, K: i32,
): void {
  strip(6, c, ldc, init, ldi, a, lda, panels, ldp, N, K);
}

function strip5(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  N: i32, K: i32,
): void {
  strip(5, c, ldc, init, ldi, a, lda, panels, ldp, N, K);
}

function strip4(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  N: i32, K: i32,
): void {
  strip(4, c, ldc, init, ldi, a, lda, panels, ldp, N, K);
}

function strip3(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  N: i32, K: i32,
): void {
  strip(3, c, ldc, init, ldi, a, lda, panels, ldp, N, K);
}

function strip2(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  N: i32, K: i32,
): void {
  strip(2, c, ldc, init, ldi, a, lda, panels, ldp, N, K);
}

function strip1(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, ldp: usize,
  N: i32, K: i32,
): void {
  strip(1, c, ldc, init, ldi, a, lda, panels, ldp, N, K);
}
