import { load_tail, madd, store_tail } from "../simd";

/**
 * The micro-kernel of gemm: `count` tiles of R rows below one another against one panel of 8 columns.
 *   C[m, n] = init[m, n] + sum_k A[m, k] · panel[k, n], one madd per k by rising k
 * R is a constant from 1 to 6: each row costs two accumulators, and 12 fill the registers.
 * init 0 starts from zero; its stride is 0 for a bias. w columns (1 to 8) of the panel are written.
 * Strides are in bytes.
 */
// @ts-ignore: decorator
@inline
export function strip(
  R: i32, count: i32, c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize,
  panel: usize, K: i32, w: i32,
): void {
  const body = panel + (<usize>(K & ~3) << 5);
  const end = panel + (<usize>K << 5);
  do {
    let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
    let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
    let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
    if (init) {
      let q = init;
      if (w == 8) {
        c00 = v128.load(q); c01 = v128.load(q, 16);
        if (R > 1) { q += ldi; c10 = v128.load(q); c11 = v128.load(q, 16); }
        if (R > 2) { q += ldi; c20 = v128.load(q); c21 = v128.load(q, 16); }
        if (R > 3) { q += ldi; c30 = v128.load(q); c31 = v128.load(q, 16); }
        if (R > 4) { q += ldi; c40 = v128.load(q); c41 = v128.load(q, 16); }
        if (R > 5) { q += ldi; c50 = v128.load(q); c51 = v128.load(q, 16); }
      } else {
        c00 = load_part(q, w); c01 = load_part(q + 16, w - 4);
        if (R > 1) { q += ldi; c10 = load_part(q, w); c11 = load_part(q + 16, w - 4); }
        if (R > 2) { q += ldi; c20 = load_part(q, w); c21 = load_part(q + 16, w - 4); }
        if (R > 3) { q += ldi; c30 = load_part(q, w); c31 = load_part(q + 16, w - 4); }
        if (R > 4) { q += ldi; c40 = load_part(q, w); c41 = load_part(q + 16, w - 4); }
        if (R > 5) { q += ldi; c50 = load_part(q, w); c51 = load_part(q + 16, w - 4); }
      }
      init += ldi * R;
    }

    let p = panel;
    let a0 = a;
    let a1 = a0 + lda;
    let a2 = a1 + lda;
    let a3 = a2 + lda;
    let a4 = a3 + lda;
    let a5 = a4 + lda;
    a += lda * R;
    while (p < body) {
      {
        const b0 = v128.load(p), b1 = v128.load(p, 16);
        { const t = v128.load32_splat(a0); c00 = madd(t, b0, c00); c01 = madd(t, b1, c01); }
        if (R > 1) { const t = v128.load32_splat(a1); c10 = madd(t, b0, c10); c11 = madd(t, b1, c11); }
        if (R > 2) { const t = v128.load32_splat(a2); c20 = madd(t, b0, c20); c21 = madd(t, b1, c21); }
        if (R > 3) { const t = v128.load32_splat(a3); c30 = madd(t, b0, c30); c31 = madd(t, b1, c31); }
        if (R > 4) { const t = v128.load32_splat(a4); c40 = madd(t, b0, c40); c41 = madd(t, b1, c41); }
        if (R > 5) { const t = v128.load32_splat(a5); c50 = madd(t, b0, c50); c51 = madd(t, b1, c51); }
      }
      {
        const b0 = v128.load(p, 32), b1 = v128.load(p, 48);
        { const t = v128.load32_splat(a0, 4); c00 = madd(t, b0, c00); c01 = madd(t, b1, c01); }
        if (R > 1) { const t = v128.load32_splat(a1, 4); c10 = madd(t, b0, c10); c11 = madd(t, b1, c11); }
        if (R > 2) { const t = v128.load32_splat(a2, 4); c20 = madd(t, b0, c20); c21 = madd(t, b1, c21); }
        if (R > 3) { const t = v128.load32_splat(a3, 4); c30 = madd(t, b0, c30); c31 = madd(t, b1, c31); }
        if (R > 4) { const t = v128.load32_splat(a4, 4); c40 = madd(t, b0, c40); c41 = madd(t, b1, c41); }
        if (R > 5) { const t = v128.load32_splat(a5, 4); c50 = madd(t, b0, c50); c51 = madd(t, b1, c51); }
      }
      {
        const b0 = v128.load(p, 64), b1 = v128.load(p, 80);
        { const t = v128.load32_splat(a0, 8); c00 = madd(t, b0, c00); c01 = madd(t, b1, c01); }
        if (R > 1) { const t = v128.load32_splat(a1, 8); c10 = madd(t, b0, c10); c11 = madd(t, b1, c11); }
        if (R > 2) { const t = v128.load32_splat(a2, 8); c20 = madd(t, b0, c20); c21 = madd(t, b1, c21); }
        if (R > 3) { const t = v128.load32_splat(a3, 8); c30 = madd(t, b0, c30); c31 = madd(t, b1, c31); }
        if (R > 4) { const t = v128.load32_splat(a4, 8); c40 = madd(t, b0, c40); c41 = madd(t, b1, c41); }
        if (R > 5) { const t = v128.load32_splat(a5, 8); c50 = madd(t, b0, c50); c51 = madd(t, b1, c51); }
      }
      {
        const b0 = v128.load(p, 96), b1 = v128.load(p, 112);
        { const t = v128.load32_splat(a0, 12); c00 = madd(t, b0, c00); c01 = madd(t, b1, c01); }
        if (R > 1) { const t = v128.load32_splat(a1, 12); c10 = madd(t, b0, c10); c11 = madd(t, b1, c11); }
        if (R > 2) { const t = v128.load32_splat(a2, 12); c20 = madd(t, b0, c20); c21 = madd(t, b1, c21); }
        if (R > 3) { const t = v128.load32_splat(a3, 12); c30 = madd(t, b0, c30); c31 = madd(t, b1, c31); }
        if (R > 4) { const t = v128.load32_splat(a4, 12); c40 = madd(t, b0, c40); c41 = madd(t, b1, c41); }
        if (R > 5) { const t = v128.load32_splat(a5, 12); c50 = madd(t, b0, c50); c51 = madd(t, b1, c51); }
      }
      p += 128;
      a0 += 16;
      if (R > 1) a1 += 16;
      if (R > 2) a2 += 16;
      if (R > 3) a3 += 16;
      if (R > 4) a4 += 16;
      if (R > 5) a5 += 16;
    }
    while (p < end) {
      {
        const b0 = v128.load(p), b1 = v128.load(p, 16);
        { const t = v128.load32_splat(a0); c00 = madd(t, b0, c00); c01 = madd(t, b1, c01); }
        if (R > 1) { const t = v128.load32_splat(a1); c10 = madd(t, b0, c10); c11 = madd(t, b1, c11); }
        if (R > 2) { const t = v128.load32_splat(a2); c20 = madd(t, b0, c20); c21 = madd(t, b1, c21); }
        if (R > 3) { const t = v128.load32_splat(a3); c30 = madd(t, b0, c30); c31 = madd(t, b1, c31); }
        if (R > 4) { const t = v128.load32_splat(a4); c40 = madd(t, b0, c40); c41 = madd(t, b1, c41); }
        if (R > 5) { const t = v128.load32_splat(a5); c50 = madd(t, b0, c50); c51 = madd(t, b1, c51); }
      }
      p += 32;
      a0 += 4;
      if (R > 1) a1 += 4;
      if (R > 2) a2 += 4;
      if (R > 3) a3 += 4;
      if (R > 4) a4 += 4;
      if (R > 5) a5 += 4;
    }

    let q = c;
    if (w == 8) {
      v128.store(q, c00); v128.store(q, c01, 16);
      if (R > 1) { q += ldc; v128.store(q, c10); v128.store(q, c11, 16); }
      if (R > 2) { q += ldc; v128.store(q, c20); v128.store(q, c21, 16); }
      if (R > 3) { q += ldc; v128.store(q, c30); v128.store(q, c31, 16); }
      if (R > 4) { q += ldc; v128.store(q, c40); v128.store(q, c41, 16); }
      if (R > 5) { q += ldc; v128.store(q, c50); v128.store(q, c51, 16); }
    } else {
      store_part(q, c00, c01, w);
      if (R > 1) { q += ldc; store_part(q, c10, c11, w); }
      if (R > 2) { q += ldc; store_part(q, c20, c21, w); }
      if (R > 3) { q += ldc; store_part(q, c30, c31, w); }
      if (R > 4) { q += ldc; store_part(q, c40, c41, w); }
      if (R > 5) { q += ldc; store_part(q, c50, c51, w); }
    }
    c += ldc * R;
  } while (--count > 0);
}

/** The first `count` of four floats, the rest zero; count may be negative or more than 4. */
// @ts-ignore: decorator
@inline
export function load_part(p: usize, count: i32): v128 {
  if (count >= 4) return v128.load(p);
  if (count <= 0) return i32x4.splat(0);
  return load_tail(p, count);
}

/** Stores the first w (1 to 7) of the eight floats of x and y. */
// @ts-ignore: decorator
@inline
export function store_part(p: usize, x: v128, y: v128, w: i32): void {
  if (w < 4) {
    store_tail(p, x, w);
  } else {
    v128.store(p, x);
    if (w > 4) store_tail(p + 16, y, w - 4);
  }
}
