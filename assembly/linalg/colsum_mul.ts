import { load_tail, madd, store_tail } from "../simd";

/**
 * out_n += sum_m a_{m,n} · b_{m,n}, one madd per row by rising m
 * out  out [N]
 * in   a [M, N], row stride lda;  b [M, N], row stride ldb; neither may overlap out
 */
export function colsum_mul(out: usize, a: usize, b: usize, M: i32, N: i32, lda: i32, ldb: i32): void {
  const stepA = <usize>lda << 2, stepB = <usize>ldb << 2;
  const row = <usize>N << 2;
  const body = row & ~63;
  let j: usize = 0;
  for (; j < body; j += 64) {
    let s0 = v128.load(out + j), s1 = v128.load(out + j, 16);
    let s2 = v128.load(out + j, 32), s3 = v128.load(out + j, 48);
    let p = a + j, q = b + j;
    for (let m = 0; m < M; m++) {
      s0 = madd(v128.load(p), v128.load(q), s0);
      s1 = madd(v128.load(p, 16), v128.load(q, 16), s1);
      s2 = madd(v128.load(p, 32), v128.load(q, 32), s2);
      s3 = madd(v128.load(p, 48), v128.load(q, 48), s3);
      p += stepA; q += stepB;
    }
    v128.store(out + j, s0);
    v128.store(out + j, s1, 16);
    v128.store(out + j, s2, 32);
    v128.store(out + j, s3, 48);
  }
  for (; j < row; j += 16) {
    const n = min(4, <i32>(row - j) >> 2);
    let s = n == 4 ? v128.load(out + j) : load_tail(out + j, n);
    let p = a + j, q = b + j;
    for (let m = 0; m < M; m++) {
      s = n == 4 ? madd(v128.load(p), v128.load(q), s) : madd(load_tail(p, n), load_tail(q, n), s);
      p += stepA; q += stepB;
    }
    if (n == 4) v128.store(out + j, s);
    else store_tail(out + j, s, n);
  }
}
