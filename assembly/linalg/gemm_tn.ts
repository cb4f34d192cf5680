import { evenly, gemm_group } from "./gemm";
import { pack_rows } from "./pack";

/** Depth of a block: the packed blocks of A and B stay in cache. The size of scratch follows from it. */
const KC: i32 = 256;
/** Floats between rows of the packed A: not a power of two, so that rows fall in different cache sets. */
const LDT: i32 = KC + 16;

/**
 * C += Aᵀ B, each element one chain of madds from the old C by rising k.
 * out      c [M, N], row stride ldc
 * in       a [K, M], row stride lda; b [K, N], row stride ldb
 * scratch  gemmTnScratch(M, N) floats of src/wasm/scratch.ts: | panels of B | rows of Aᵀ |
 */
export function gemm_tn(
  c: usize, a: usize, b: usize, scratch: usize, M: i32, N: i32, K: i32, lda: i32, ldb: i32, ldc: i32,
): void {
  if (M <= 0 || N <= 0) return;
  const rowA = <usize>lda << 2;
  const rowB = <usize>ldb << 2;
  const at = scratch + ((<usize>((N + 7) & ~7) * KC) << 2);
  const even = evenly(K, KC);
  for (let k = 0; k < K; k += even) {
    const depth = min(even, K - k);
    pack_rows(scratch, b, depth, N, rowB);
    transpose(at, a, depth, M, rowA);
    gemm_group(c, at, scratch, 0, M, N, depth, LDT << 2, <usize>ldc << 2, 1);
    a += rowA * depth;
    b += rowB * depth;
  }
}

/** at[m][k] = a[k][m] for K rows of M, rows of `at` LDT floats apart; lda in bytes. */
function transpose(at: usize, a: usize, K: i32, M: i32, lda: usize): void {
  const row = <usize>LDT << 2;
  const body = M & ~3;
  let k = 0;
  for (; k < (K & ~3); k += 4) {
    const a1 = a + lda;
    const a2 = a1 + lda;
    const a3 = a2 + lda;
    let q = at + (<usize>k << 2);
    let m: usize = 0;
    for (const end = <usize>body << 2; m < end; m += 16) {
      const x0 = v128.load(a + m);
      const x1 = v128.load(a1 + m);
      const x2 = v128.load(a2 + m);
      const x3 = v128.load(a3 + m);
      const l01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const h01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const l23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const h23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(q, v128.shuffle<f32>(l01, l23, 0, 1, 4, 5));
      q += row;
      v128.store(q, v128.shuffle<f32>(l01, l23, 2, 3, 6, 7));
      q += row;
      v128.store(q, v128.shuffle<f32>(h01, h23, 0, 1, 4, 5));
      q += row;
      v128.store(q, v128.shuffle<f32>(h01, h23, 2, 3, 6, 7));
      q += row;
    }
    for (const end = <usize>M << 2; m < end; m += 4) {
      store<f32>(q, load<f32>(a + m));
      store<f32>(q, load<f32>(a1 + m), 4);
      store<f32>(q, load<f32>(a2 + m), 8);
      store<f32>(q, load<f32>(a3 + m), 12);
      q += row;
    }
    a = a3 + lda;
  }
  for (; k < K; k++) {
    let q = at + (<usize>k << 2);
    const end = a + (<usize>M << 2);
    for (let p = a; p < end; p += 4) {
      store<f32>(q, load<f32>(p));
      q += row;
    }
    a += lda;
  }
}
