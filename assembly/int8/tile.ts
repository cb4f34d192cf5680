import { load_high, load_low, store_block } from "../linalg/edge";
import { dot, even, group_bytes, high, odd } from "./dot";
import { ROW_HEADER } from "./rows";

/** Bytes in front of a panel of 8 columns: i32 sums over k [8], f32 scales [8]. */
export const PANEL_HEADER: usize = 64;

/** Bytes of a panel for rows of so many groups. */
// @ts-ignore: decorator
@inline
export function panel_bytes(groups: i32): usize {
  return PANEL_HEADER + (<usize>groups << 5);
}

/** init + row scale · column scale · sum_k w[k] · (q[k] - zero) for four columns of a row. */
// @ts-ignore: decorator
@inline
function real(init: v128, sums: v128, row: usize, panel: usize, at: usize): v128 {
  const all = i32x4.add(
    i32x4.add(sums, v128.load32_splat(row, 8)),
    i32x4.mul(v128.load32_splat(row, 4), v128.load(panel + at)),
  );
  const scale = f32x4.mul(v128.load32_splat(row), v128.load(panel + at + 32));
  return f32x4.add(init, f32x4.mul(f32x4.convert_i32x4_s(all), scale));
}

/** Writes w (1 to 8) columns of one row of a tile. */
// @ts-ignore: decorator
@inline
function finish(c: usize, init: usize, row: usize, panel: usize, s0: v128, s1: v128, w: i32): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
  if (init) { c0 = load_low(init, w); c1 = load_high(init, w); }
  store_block(c, real(c0, s0, row, panel, 0), real(c1, s1, row, panel, 16), w);
}

/**
 * R quantised rows (a constant from 1 to 4), ldr bytes apart, against panels of 8 columns, left to right.
 *   C[m, n] = init[m, n] + s_m · t_n · sum_k w[k, n] · (q_m[k] - zero_m), the sum exact
 * init 0 starts from zero; its stride ldi is 0 for a bias. Strides are in bytes. groups is even.
 * See linalg/tile.ts for the order of rows and the breaks.
 */
// @ts-ignore: decorator
@inline
export function strip(
  R: i32, c: usize, ldc: usize, init: usize, ldi: usize, rows: usize, ldr: usize, panels: usize,
  N: i32, groups: i32,
): void {
  for (; N > 0; N -= 8) {
    let s00 = i32x4.splat(0), s01 = i32x4.splat(0);
    let s10 = i32x4.splat(0), s11 = i32x4.splat(0);
    let s20 = i32x4.splat(0), s21 = i32x4.splat(0);
    let s30 = i32x4.splat(0), s31 = i32x4.splat(0);
    let q0 = rows + ROW_HEADER;
    let q1 = q0 + ldr;
    let q2 = q1 + ldr;
    let q3 = q2 + ldr;
    let p = panels + PANEL_HEADER;
    let n = groups;
    if (n > 0) do {
      {
        const v0 = v128.load(p), v1 = v128.load(p, 16);
        const h0 = high(v0), h1 = high(v1);
        if (R > 3) {
          const a = even(q3, 0), b = odd(q3, 0, a);
          s30 = dot(s30, v0, h0, a, b); s31 = dot(s31, v1, h1, a, b);
        }
        if (R > 3 && n == -1) break;
        if (R > 2) {
          const a = even(q2, 0), b = odd(q2, 0, a);
          s20 = dot(s20, v0, h0, a, b); s21 = dot(s21, v1, h1, a, b);
        }
        if (R > 3 && n == -2) break;
        if (R > 1) {
          const a = even(q1, 0), b = odd(q1, 0, a);
          s10 = dot(s10, v0, h0, a, b); s11 = dot(s11, v1, h1, a, b);
        }
        if (R > 3 && n == -3) break;
        const a = even(q0, 0), b = odd(q0, 0, a);
        s00 = dot(s00, v0, h0, a, b); s01 = dot(s01, v1, h1, a, b);
      }
      if (n == -4) break;
      {
        const v0 = v128.load(p, 32), v1 = v128.load(p, 48);
        const h0 = high(v0), h1 = high(v1);
        if (R > 3) {
          const a = even(q3, 1), b = odd(q3, 1, a);
          s30 = dot(s30, v0, h0, a, b); s31 = dot(s31, v1, h1, a, b);
        }
        if (R > 3 && n == -5) break;
        if (R > 2) {
          const a = even(q2, 1), b = odd(q2, 1, a);
          s20 = dot(s20, v0, h0, a, b); s21 = dot(s21, v1, h1, a, b);
        }
        if (R > 3 && n == -6) break;
        if (R > 1) {
          const a = even(q1, 1), b = odd(q1, 1, a);
          s10 = dot(s10, v0, h0, a, b); s11 = dot(s11, v1, h1, a, b);
        }
        if (R > 3 && n == -7) break;
        const a = even(q0, 1), b = odd(q0, 1, a);
        s00 = dot(s00, v0, h0, a, b); s01 = dot(s01, v1, h1, a, b);
      }
      q0 += 2 * group_bytes();
      if (R > 1) q1 += 2 * group_bytes();
      if (R > 2) q2 += 2 * group_bytes();
      if (R > 3) q3 += 2 * group_bytes();
      p += 64;
      n -= 2;
    } while (n > 0);

    const w = min(N, 8);
    finish(c, init, rows, panels, s00, s01, w);
    if (R > 1) finish(c + ldc, init ? init + ldi : 0, rows + ldr, panels, s10, s11, w);
    if (R > 2) finish(c + 2 * ldc, init ? init + 2 * ldi : 0, rows + 2 * ldr, panels, s20, s21, w);
    if (R > 3) finish(c + 3 * ldc, init ? init + 3 * ldi : 0, rows + 3 * ldr, panels, s30, s31, w);
    panels += panel_bytes(groups);
    c += 32;
    if (init) init += 32;
  }
}

/**
 * One quantised row against P adjacent panels at once (a constant from 1 to 4); otherwise as strip.
 * w columns (1 to 8) of the last panel are written.
 */
// @ts-ignore: decorator
@inline
export function row_strip(
  P: i32, c: usize, init: usize, row: usize, panels: usize, groups: i32, w: i32,
): void {
  let s00 = i32x4.splat(0), s01 = i32x4.splat(0);
  let s10 = i32x4.splat(0), s11 = i32x4.splat(0);
  let s20 = i32x4.splat(0), s21 = i32x4.splat(0);
  let s30 = i32x4.splat(0), s31 = i32x4.splat(0);
  const size = panel_bytes(groups);
  let q = row + ROW_HEADER;
  let p0 = panels + PANEL_HEADER;
  let p1 = p0 + size;
  let p2 = p1 + size;
  let p3 = p2 + size;
  let n = groups;
  if (n > 0) do {
    {
      const a = even(q, 0), b = odd(q, 0, a);
      if (P > 3) { s30 = mac(s30, v128.load(p3), a, b); s31 = mac(s31, v128.load(p3, 16), a, b); }
      if (P > 2) { s20 = mac(s20, v128.load(p2), a, b); s21 = mac(s21, v128.load(p2, 16), a, b); }
      if (P > 3 && n == -1) break;
      if (P > 1) { s10 = mac(s10, v128.load(p1), a, b); s11 = mac(s11, v128.load(p1, 16), a, b); }
      s00 = mac(s00, v128.load(p0), a, b); s01 = mac(s01, v128.load(p0, 16), a, b);
    }
    if (n == -2) break;
    {
      const a = even(q, 1), b = odd(q, 1, a);
      if (P > 3) { s30 = mac(s30, v128.load(p3, 32), a, b); s31 = mac(s31, v128.load(p3, 48), a, b); }
      if (P > 2) { s20 = mac(s20, v128.load(p2, 32), a, b); s21 = mac(s21, v128.load(p2, 48), a, b); }
      if (P > 3 && n == -3) break;
      if (P > 1) { s10 = mac(s10, v128.load(p1, 32), a, b); s11 = mac(s11, v128.load(p1, 48), a, b); }
      s00 = mac(s00, v128.load(p0, 32), a, b); s01 = mac(s01, v128.load(p0, 48), a, b);
    }
    q += 2 * group_bytes();
    p0 += 64;
    if (P > 1) p1 += 64;
    if (P > 2) p2 += 64;
    if (P > 3) p3 += 64;
    n -= 2;
  } while (n > 0);

  finish(c, init, row, panels, s00, s01, P > 1 ? 8 : w);
  if (P > 1) finish(c + 32, init ? init + 32 : 0, row, panels + size, s10, s11, P > 2 ? 8 : w);
  if (P > 2) finish(c + 64, init ? init + 64 : 0, row, panels + 2 * size, s20, s21, P > 3 ? 8 : w);
  if (P > 3) finish(c + 96, init ? init + 96 : 0, row, panels + 3 * size, s30, s31, w);
}

// @ts-ignore: decorator
@inline
function mac(sums: v128, w: v128, a: v128, b: v128): v128 {
  return dot(sums, w, high(w), a, b);
}
