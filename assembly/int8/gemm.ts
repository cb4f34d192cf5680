import { groups_of, quantize_rows, row_bytes } from "./rows";
import { panel_bytes, row_strip, strip } from "./tile";

/** Rows quantised at a time: they stay in the second-level cache while the panels stream past. */
export const ROWS: i32 = 64;

/**
 * C = init + A B with B in 8 bits and each row of A quantised on the way to 7 (rows.ts); sums are exact:
 *   c[m, n] = init[m, n] + f32(sum_k w[k, n] · (q[m, k] - zero_m)) · (s_m · t_n), two products and a sum
 * init is bias[n] if bias is not 0, else the old C if accumulate is not 0, else 0.
 * out  c [M, N], row stride ldc
 * in   a [M, K], row stride lda
 *      packed: B [K, N] as int8_pack lays it out for G groups
 *      adjust [2, K]: center and gain of each column of A on the way to 7 bits, or 0
 *      bias [N], or 0
 * scratch min(M, 64) quantised rows (int8Scratch in src/wasm/scratch.ts)
 * K is at most 133143: 127 · 127 · K stays below 2^31. An element's bits depend on its row of A and column
 * of B only, and are the same in every build.
 */
export function int8_gemm(
  c: usize, a: usize, packed: usize, adjust: usize, bias: usize, scratch: usize,
  M: i32, N: i32, K: i32, G: i32, lda: i32, ldc: i32, accumulate: i32,
): void {
  for (; M > 0; M -= ROWS) {
    const rows = min(M, ROWS);
    quantize_rows(scratch, a, adjust, rows, K, lda);
    int8_product(c, scratch, packed, bias, rows, N, K, G, ldc, accumulate);
    a += <usize>(ROWS * lda) << 2;
    c += <usize>(ROWS * ldc) << 2;
  }
}

/** int8_gemm on rows that are quantised already. */
export function int8_product(
  c: usize, rows: usize, packed: usize, bias: usize, M: i32, N: i32, K: i32, G: i32, ldc: i32,
  accumulate: i32,
): void {
  if (M <= 0 || N <= 0) return;
  // Groups without padding are contiguous panels of one wide matrix.
  let columns = N / G;
  if (!(columns & 7)) columns = N;
  const groups = groups_of(K);
  const size = <usize>((columns + 7) >> 3) * panel_bytes(groups);
  const row = row_bytes(K);
  const ld = <usize>ldc << 2;
  for (let n = 0; n < N; n += columns) {
    const init = bias ? bias + (<usize>n << 2) : accumulate ? c : 0;
    const ldi = bias ? 0 : ld;
    if (M == 1) one_row(c, init, rows, packed, columns, groups);
    else several_rows(c, ld, init, ldi, rows, row, packed, M, columns, groups);
    c += <usize>columns << 2;
    packed += size;
  }
}

/** One row against all panels of a group, four at a time. */
function one_row(c: usize, init: usize, row: usize, packed: usize, N: i32, groups: i32): void {
  const size = panel_bytes(groups);
  for (; N > 24; N -= 32) {
    row_strip(4, c, init, row, packed, groups, min(N - 24, 8));
    c += 128;
    if (init) init += 128;
    packed += 4 * size;
  }
  if (N > 8) {
    row_strip(2, c, init, row, packed, groups, min(N - 8, 8));
    c += 64;
    if (init) init += 64;
    packed += 2 * size;
    N -= 16;
  }
  if (N > 0) row_strip(1, c, init, row, packed, groups, min(N, 8));
}

/** M rows in strips of 4, the last of 2 or 3 where that leaves no single row. */
function several_rows(
  c: usize, ldc: usize, init: usize, ldi: usize, rows: usize, ldr: usize, packed: usize,
  M: i32, N: i32, groups: i32,
): void {
  while (M > 0) {
    const take = M == 5 || M == 3 ? 3 : min(M, 4);
    if (take == 4) strip4(c, ldc, init, ldi, rows, ldr, packed, N, groups);
    else if (take == 3) strip3(c, ldc, init, ldi, rows, ldr, packed, N, groups);
    else if (take == 2) strip2(c, ldc, init, ldi, rows, ldr, packed, N, groups);
    else one_row(c, init, rows, packed, N, groups);
    M -= take;
    c += <usize>take * ldc;
    rows += <usize>take * ldr;
    if (init) init += <usize>take * ldi;
  }
}

function strip4(
  c: usize, ldc: usize, init: usize, ldi: usize, rows: usize, ldr: usize, packed: usize, N: i32, groups: i32,
): void {
  strip(4, c, ldc, init, ldi, rows, ldr, packed, N, groups);
}

function strip3(
  c: usize, ldc: usize, init: usize, ldi: usize, rows: usize, ldr: usize, packed: usize, N: i32, groups: i32,
): void {
  strip(3, c, ldc, init, ldi, rows, ldr, packed, N, groups);
}

function strip2(
  c: usize, ldc: usize, init: usize, ldi: usize, rows: usize, ldr: usize, packed: usize, N: i32, groups: i32,
): void {
  strip(2, c, ldc, init, ldi, rows, ldr, packed, N, groups);
}
