import { load_tail, store_tail } from "../simd";

/**
 * out_n += sum_m a_{m,n}, one add per row by rising m
 * out  out [N]
 * in   a [M, N], row stride lda; must not overlap out
 */
export function colsum(out: usize, a: usize, M: i32, N: i32, lda: i32): void {
  const row = <usize>lda << 2;
  const body = M & ~3;
  for (let m = 0; m < body; m += 4) {
    add_rows(out, a, row, N, 4);
    a += row << 2;
  }
  for (let m = body; m < M; m++) {
    add_rows(out, a, row, N, 1);
    a += row;
  }
}

/** Adds four rows or one, so that out passes through the registers once for four rows. */
// @ts-ignore: decorator
@inline
function add_rows(out: usize, a0: usize, row: usize, N: i32, rows: i32): void {
  let a1 = a0 + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  const rest = N & 3;
  const end = out + (<usize>(N - rest) << 2);
  for (; out < end; out += 16) {
    let s = f32x4.add(v128.load(out), v128.load(a0));
    a0 += 16;
    if (rows == 4) {
      s = f32x4.add(s, v128.load(a1));
      s = f32x4.add(s, v128.load(a2));
      s = f32x4.add(s, v128.load(a3));
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    v128.store(out, s);
  }
  if (rest) {
    let s = f32x4.add(load_tail(out, rest), load_tail(a0, rest));
    if (rows == 4) {
      s = f32x4.add(s, load_tail(a1, rest));
      s = f32x4.add(s, load_tail(a2, rest));
      s = f32x4.add(s, load_tail(a3, rest));
    }
    store_tail(out, s, rest);
  }
}
