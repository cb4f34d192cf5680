/*
 * The limit that kernels are held against: nothing but the inner loop, on data that stays where the loop
 * wants it. Written apart from assembly/ so that a slip there does not move the limit.
 * Breaks on a negative n are never taken: they keep V8 from moving every load of the loop to its top.
 */

import { madd } from "../../assembly/simd";

/**
 * Six rows by eight columns in twelve sums, `repeat` times over the same operands.
 * out  c [6, 8]
 * in   a [6, K], b [K, 8]; K a multiple of 4
 */
export function tile(c: usize, a: usize, b: usize, K: i32, repeat: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  const row = <usize>K << 2;
  for (; repeat > 0; repeat--) {
    let p = b;
    let a0 = a, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row, a5 = a4 + row;
    for (let n = K; n > 0; n -= 4) {
      let x = v128.load(p), y = v128.load(p, 16), t = v128.load32_splat(a0);
      c00 = madd(t, x, c00); c01 = madd(t, y, c01);
      if (n == -1) break;
      t = v128.load32_splat(a1);
      c10 = madd(t, x, c10); c11 = madd(t, y, c11);
      if (n == -2) break;
      t = v128.load32_splat(a2);
      c20 = madd(t, x, c20); c21 = madd(t, y, c21);
      if (n == -3) break;
      t = v128.load32_splat(a3);
      c30 = madd(t, x, c30); c31 = madd(t, y, c31);
      if (n == -4) break;
      t = v128.load32_splat(a4);
      c40 = madd(t, x, c40); c41 = madd(t, y, c41);
      if (n == -5) break;
      t = v128.load32_splat(a5);
      c50 = madd(t, x, c50); c51 = madd(t, y, c51);
      if (n == -6) break;
      x = v128.load(p, 32); y = v128.load(p, 48); t = v128.load32_splat(a0, 4);
      c00 = madd(t, x, c00); c01 = madd(t, y, c01);
      if (n == -7) break;
      t = v128.load32_splat(a1, 4);
      c10 = madd(t, x, c10); c11 = madd(t, y, c11);
      if (n == -8) break;
      t = v128.load32_splat(a2, 4);
      c20 = madd(t, x, c20); c21 = madd(t, y, c21);
      if (n == -9) break;
      t = v128.load32_splat(a3, 4);
      c30 = madd(t, x, c30); c31 = madd(t, y, c31);
      if (n == -10) break;
      t = v128.load32_splat(a4, 4);
      c40 = madd(t, x, c40); c41 = madd(t, y, c41);
      if (n == -11) break;
      t = v128.load32_splat(a5, 4);
      c50 = madd(t, x, c50); c51 = madd(t, y, c51);
      if (n == -12) break;
      x = v128.load(p, 64); y = v128.load(p, 80); t = v128.load32_splat(a0, 8);
      c00 = madd(t, x, c00); c01 = madd(t, y, c01);
      if (n == -13) break;
      t = v128.load32_splat(a1, 8);
      c10 = madd(t, x, c10); c11 = madd(t, y, c11);
      if (n == -14) break;
      t = v128.load32_splat(a2, 8);
      c20 = madd(t, x, c20); c21 = madd(t, y, c21);
      if (n == -15) break;
      t = v128.load32_splat(a3, 8);
      c30 = madd(t, x, c30); c31 = madd(t, y, c31);
      if (n == -16) break;
      t = v128.load32_splat(a4, 8);
      c40 = madd(t, x, c40); c41 = madd(t, y, c41);
      if (n == -17) break;
      t = v128.load32_splat(a5, 8);
      c50 = madd(t, x, c50); c51 = madd(t, y, c51);
      if (n == -18) break;
      x = v128.load(p, 96); y = v128.load(p, 112); t = v128.load32_splat(a0, 12);
      c00 = madd(t, x, c00); c01 = madd(t, y, c01);
      if (n == -19) break;
      t = v128.load32_splat(a1, 12);
      c10 = madd(t, x, c10); c11 = madd(t, y, c11);
      if (n == -20) break;
      t = v128.load32_splat(a2, 12);
      c20 = madd(t, x, c20); c21 = madd(t, y, c21);
      if (n == -21) break;
      t = v128.load32_splat(a3, 12);
      c30 = madd(t, x, c30); c31 = madd(t, y, c31);
      if (n == -22) break;
      t = v128.load32_splat(a4, 12);
      c40 = madd(t, x, c40); c41 = madd(t, y, c41);
      if (n == -23) break;
      t = v128.load32_splat(a5, 12);
      c50 = madd(t, x, c50); c51 = madd(t, y, c51);
      p += 128; a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16; a5 += 16;
    }
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c, c10, 32); v128.store(c, c11, 48);
  v128.store(c, c20, 64); v128.store(c, c21, 80);
  v128.store(c, c30, 96); v128.store(c, c31, 112);
  v128.store(c, c40, 128); v128.store(c, c41, 144);
  v128.store(c, c50, 160); v128.store(c, c51, 176);
}

/**
 * A vector times a matrix stored in panels of 32 columns, read once from end to end: what memory allows.
 * out  c [N]; N a multiple of 32
 * in   a [K], b [N/32, K, 32]; K a multiple of 4
 */
export function gemv(c: usize, a: usize, b: usize, N: i32, K: i32): void {
  for (; N > 0; N -= 32) {
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
    let p = a;
    for (let n = K; n > 0; n -= 4) {
      let t = v128.load32_splat(p);
      c0 = madd(t, v128.load(b), c0);
      c1 = madd(t, v128.load(b, 16), c1);
      c2 = madd(t, v128.load(b, 32), c2);
      c3 = madd(t, v128.load(b, 48), c3);
      if (n == -1) break;
      c4 = madd(t, v128.load(b, 64), c4);
      c5 = madd(t, v128.load(b, 80), c5);
      c6 = madd(t, v128.load(b, 96), c6);
      c7 = madd(t, v128.load(b, 112), c7);
      if (n == -2) break;
      t = v128.load32_splat(p, 4);
      c0 = madd(t, v128.load(b, 128), c0);
      c1 = madd(t, v128.load(b, 144), c1);
      c2 = madd(t, v128.load(b, 160), c2);
      c3 = madd(t, v128.load(b, 176), c3);
      if (n == -3) break;
      c4 = madd(t, v128.load(b, 192), c4);
      c5 = madd(t, v128.load(b, 208), c5);
      c6 = madd(t, v128.load(b, 224), c6);
      c7 = madd(t, v128.load(b, 240), c7);
      if (n == -4) break;
      t = v128.load32_splat(p, 8);
      c0 = madd(t, v128.load(b, 256), c0);
      c1 = madd(t, v128.load(b, 272), c1);
      c2 = madd(t, v128.load(b, 288), c2);
      c3 = madd(t, v128.load(b, 304), c3);
      if (n == -5) break;
      c4 = madd(t, v128.load(b, 320), c4);
      c5 = madd(t, v128.load(b, 336), c5);
      c6 = madd(t, v128.load(b, 352), c6);
      c7 = madd(t, v128.load(b, 368), c7);
      if (n == -6) break;
      t = v128.load32_splat(p, 12);
      c0 = madd(t, v128.load(b, 384), c0);
      c1 = madd(t, v128.load(b, 400), c1);
      c2 = madd(t, v128.load(b, 416), c2);
      c3 = madd(t, v128.load(b, 432), c3);
      if (n == -7) break;
      c4 = madd(t, v128.load(b, 448), c4);
      c5 = madd(t, v128.load(b, 464), c5);
      c6 = madd(t, v128.load(b, 480), c6);
      c7 = madd(t, v128.load(b, 496), c7);
      b += 512;
      p += 16;
    }
    v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
    v128.store(c, c4, 64); v128.store(c, c5, 80); v128.store(c, c6, 96); v128.store(c, c7, 112);
    c += 128;
  }
}
