import { madd } from "../simd";
import { load_high, load_low, store_block } from "./edge";

/**
 * One row of A against P adjacent panels of 8 columns at once: the product of a vector and a matrix.
 *   c[n] = init[n] + sum_k a[k] · panel[k, n], one madd per k by rising k
 * P is a constant from 1 to 4: four panels keep eight sums going, enough to hide the latency of an add.
 * init 0 starts from zero. w columns (1 to 8) of the last panel are written. See tile.ts for the breaks.
 */
// @ts-ignore: decorator
@inline
export function row_strip(P: i32, c: usize, init: usize, a: usize, panels: usize, K: i32, w: i32): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  if (init) {
    c00 = load_low(init, P > 1 ? 8 : w); c01 = load_high(init, P > 1 ? 8 : w);
    if (P > 1) { c10 = load_low(init + 32, P > 2 ? 8 : w); c11 = load_high(init + 32, P > 2 ? 8 : w); }
    if (P > 2) { c20 = load_low(init + 64, P > 3 ? 8 : w); c21 = load_high(init + 64, P > 3 ? 8 : w); }
    if (P > 3) { c30 = load_low(init + 96, w); c31 = load_high(init + 96, w); }
  }
  let p0 = panels;
  let p1 = p0 + (<usize>K << 5);
  let p2 = p1 + (<usize>K << 5);
  let p3 = p2 + (<usize>K << 5);
  let n = K;
  if (n > 0) do {
    {
      const t = v128.load32_splat(a);
      if (P > 3) { c31 = madd(t, v128.load(p3, 16), c31); c30 = madd(t, v128.load(p3), c30); }
      if (P > 2) { c21 = madd(t, v128.load(p2, 16), c21); c20 = madd(t, v128.load(p2), c20); }
      if (P > 3 && n == -1) break;
      if (P > 1) { c11 = madd(t, v128.load(p1, 16), c11); c10 = madd(t, v128.load(p1), c10); }
      { c01 = madd(t, v128.load(p0, 16), c01); c00 = madd(t, v128.load(p0), c00); }
    }
    if (n == 1) break;
    {
      const t = v128.load32_splat(a, 4);
      if (P > 3) { c31 = madd(t, v128.load(p3, 48), c31); c30 = madd(t, v128.load(p3, 32), c30); }
      if (P > 2) { c21 = madd(t, v128.load(p2, 48), c21); c20 = madd(t, v128.load(p2, 32), c20); }
      if (P > 3 && n == -2) break;
      if (P > 1) { c11 = madd(t, v128.load(p1, 48), c11); c10 = madd(t, v128.load(p1, 32), c10); }
      { c01 = madd(t, v128.load(p0, 48), c01); c00 = madd(t, v128.load(p0, 32), c00); }
    }
    if (n == 2) break;
    {
      const t = v128.load32_splat(a, 8);
      if (P > 3) { c31 = madd(t, v128.load(p3, 80), c31); c30 = madd(t, v128.load(p3, 64), c30); }
      if (P > 2) { c21 = madd(t, v128.load(p2, 80), c21); c20 = madd(t, v128.load(p2, 64), c20); }
      if (P > 3 && n == -3) break;
      if (P > 1) { c11 = madd(t, v128.load(p1, 80), c11); c10 = madd(t, v128.load(p1, 64), c10); }
      { c01 = madd(t, v128.load(p0, 80), c01); c00 = madd(t, v128.load(p0, 64), c00); }
    }
    if (n == 3) break;
    {
      const t = v128.load32_splat(a, 12);
      if (P > 3) { c31 = madd(t, v128.load(p3, 112), c31); c30 = madd(t, v128.load(p3, 96), c30); }
      if (P > 2) { c21 = madd(t, v128.load(p2, 112), c21); c20 = madd(t, v128.load(p2, 96), c20); }
      if (P > 3 && n == -4) break;
      if (P > 1) { c11 = madd(t, v128.load(p1, 112), c11); c10 = madd(t, v128.load(p1, 96), c10); }
      { c01 = madd(t, v128.load(p0, 112), c01); c00 = madd(t, v128.load(p0, 96), c00); }
    }
    a += 16;
    p0 += 128;
    if (P > 1) p1 += 128;
    if (P > 2) p2 += 128;
    if (P > 3) p3 += 128;
    n -= 4;
  } while (n > 0);

  store_block(c, c00, c01, P > 1 ? 8 : w);
  if (P > 1) store_block(c + 32, c10, c11, P > 2 ? 8 : w);
  if (P > 2) store_block(c + 64, c20, c21, P > 3 ? 8 : w);
  if (P > 3) store_block(c + 96, c30, c31, w);
}

/**
 * Two rows of A against two adjacent panels: as row_strip, with rows lda, ldc and ldi bytes apart.
 * w columns (1 to 8) of the second panel are written.
 */
// @ts-ignore: decorator
@inline
export function pair_strip(
  c: usize, ldc: usize, init: usize, ldi: usize, a: usize, lda: usize, panels: usize, K: i32, w: i32,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let d00 = f32x4.splat(0), d01 = f32x4.splat(0), d10 = f32x4.splat(0), d11 = f32x4.splat(0);
  if (init) {
    c00 = v128.load(init); c01 = v128.load(init, 16);
    c10 = load_low(init + 32, w); c11 = load_high(init + 32, w);
    const next = init + ldi;
    d00 = v128.load(next); d01 = v128.load(next, 16);
    d10 = load_low(next + 32, w); d11 = load_high(next + 32, w);
  }
  let a1 = a + lda;
  let p0 = panels;
  let p1 = p0 + (<usize>K << 5);
  let n = K;
  if (n > 0) do {
    {
      const s = v128.load32_splat(a1), t = v128.load32_splat(a);
      {
        const b1 = v128.load(p1, 16), b0 = v128.load(p1);
        d11 = madd(s, b1, d11); c11 = madd(t, b1, c11);
        d10 = madd(s, b0, d10); c10 = madd(t, b0, c10);
      }
      {
        const b1 = v128.load(p0, 16), b0 = v128.load(p0);
        d01 = madd(s, b1, d01); c01 = madd(t, b1, c01);
        d00 = madd(s, b0, d00); c00 = madd(t, b0, c00);
      }
    }
    if (n == 1) break;
    {
      const s = v128.load32_splat(a1, 4), t = v128.load32_splat(a, 4);
      {
        const b1 = v128.load(p1, 48), b0 = v128.load(p1, 32);
        d11 = madd(s, b1, d11); c11 = madd(t, b1, c11);
        d10 = madd(s, b0, d10); c10 = madd(t, b0, c10);
      }
      {
        const b1 = v128.load(p0, 48), b0 = v128.load(p0, 32);
        d01 = madd(s, b1, d01); c01 = madd(t, b1, c01);
        d00 = madd(s, b0, d00); c00 = madd(t, b0, c00);
      }
    }
    if (n == 2) break;
    {
      const s = v128.load32_splat(a1, 8), t = v128.load32_splat(a, 8);
      {
        const b1 = v128.load(p1, 80), b0 = v128.load(p1, 64);
        d11 = madd(s, b1, d11); c11 = madd(t, b1, c11);
        d10 = madd(s, b0, d10); c10 = madd(t, b0, c10);
      }
      {
        const b1 = v128.load(p0, 80), b0 = v128.load(p0, 64);
        d01 = madd(s, b1, d01); c01 = madd(t, b1, c01);
        d00 = madd(s, b0, d00); c00 = madd(t, b0, c00);
      }
    }
    if (n == 3) break;
    {
      const s = v128.load32_splat(a1, 12), t = v128.load32_splat(a, 12);
      {
        const b1 = v128.load(p1, 112), b0 = v128.load(p1, 96);
        d11 = madd(s, b1, d11); c11 = madd(t, b1, c11);
        d10 = madd(s, b0, d10); c10 = madd(t, b0, c10);
      }
      {
        const b1 = v128.load(p0, 112), b0 = v128.load(p0, 96);
        d01 = madd(s, b1, d01); c01 = madd(t, b1, c01);
        d00 = madd(s, b0, d00); c00 = madd(t, b0, c00);
      }
    }
    a += 16;
    a1 += 16;
    p0 += 128;
    p1 += 128;
    n -= 4;
  } while (n > 0);

  v128.store(c, c00); v128.store(c, c01, 16);
  store_block(c + 32, c10, c11, w);
  v128.store(c + ldc, d00); v128.store(c + ldc, d01, 16);
  store_block(c + ldc + 32, d10, d11, w);
}
