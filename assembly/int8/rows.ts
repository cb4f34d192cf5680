import { load_tail } from "../simd";
import { group_bytes, store_values } from "./dot";

/** Bytes in front of the values of a quantised row: f32 scale, i32 -zero, i32 correction, unused. */
export const ROW_HEADER: usize = 16;
/** A row whose values span less is all zeros: 127 / span must be finite. */
const LEAST_SPAN: f32 = 7.888609052210118e-31; // 2^-100
/** Adding 1.5 · 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits. */
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

/** Groups of four values in a row of K, made even: loops take two at a time. */
// @ts-ignore: decorator
@inline
export function groups_of(K: i32): i32 {
  return ((K + 7) >> 3) << 1;
}

/** Bytes from one quantised row to the next; the same in every build. */
// @ts-ignore: decorator
@inline
export function row_bytes(K: i32): usize {
  return ROW_HEADER + (<usize>groups_of(K) << 3);
}

/**
 * Quantises rows of floats to seven bits, each row by itself:
 *   v_k = (a_k - center_k) · gain_k with adjust, else a_k
 *   lo = min(0, v),  hi = max(0, v),  s = (hi - lo) / 127,  zero = round(-lo / s)
 *   q_k = min(127, round(v_k · 127 / (hi - lo) + zero)),   v_k ≈ s · (q_k - zero),  0 exactly
 * out  rows [M]: scale, -zero, correction, values as dot.ts lays them out; row_bytes(K) apart
 * in   a [M, K], row stride lda;  adjust [2, K]: center, gain; or 0
 * NaN or an infinity in a row makes its scale so, and with it every product of the row.
 */
export function quantize_rows(rows: usize, a: usize, adjust: usize, M: i32, K: i32, lda: i32): void {
  const size = row_bytes(K);
  for (; M > 0; M--) {
    quantize_row(rows, a, adjust, K);
    rows += size;
    a += <usize>lda << 2;
  }
}

function quantize_row(row: usize, a: usize, adjust: usize, K: i32): void {
  const length = <usize>K << 2;
  const body = length & ~15;
  const rest = K & 3;
  const gain = adjust + length;
  // Bits of floats compare as integers: with sign, hi is the largest; without, lo. NaN is beyond them all.
  let high = i32x4.splat(0), low = i32x4.splat(i32.MIN_VALUE);
  let j: usize = 0;
  for (; j < body; j += 16) {
    const v = values(a, adjust, gain, j);
    high = i32x4.max_s(high, v);
    low = i32x4.max_u(low, v);
  }
  if (rest) {
    const v = last_values(a, adjust, gain, j, rest);
    high = i32x4.max_s(high, v);
    low = i32x4.max_u(low, v);
  }
  high = i32x4.max_s(high, v128.shuffle<i32>(high, high, 2, 3, 0, 1));
  high = i32x4.max_s(high, v128.shuffle<i32>(high, high, 1, 0, 3, 2));
  low = i32x4.max_u(low, v128.shuffle<i32>(low, low, 2, 3, 0, 1));
  low = i32x4.max_u(low, v128.shuffle<i32>(low, low, 1, 0, 3, 2));
  const lo = f32x4.extract_lane(low, 0);
  const span = f32x4.extract_lane(high, 0) - lo;
  const flat = span < LEAST_SPAN;
  const step: f32 = flat ? 0 : 127 / span;
  const zero = reinterpret<i32>(ROUND - lo * step) - ROUND_BITS;

  const factor = f32x4.splat(step);
  const offset = f32x4.splat(ROUND + <f32>zero);
  let to = row + ROW_HEADER;
  let sums = i32x4.splat(0);
  const pairs = length & ~31;
  for (j = 0; j < pairs; j += 32) {
    const v = values(a, adjust, gain, j), w = values(a, adjust, gain, j + 16);
    sums = store_values(to, words(v, w, factor, offset), sums);
    to += 2 * group_bytes();
  }
  const tail = K & 7;
  if (tail) {
    let v = i32x4.splat(0), w = i32x4.splat(0);
    if (tail >= 4) v = values(a, adjust, gain, j);
    if (tail < 4) v = last_values(a, adjust, gain, j, tail);
    else if (tail > 4) w = last_values(a, adjust, gain, j + 16, tail - 4);
    sums = store_values(to, words(v, w, factor, offset), sums);
  }
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 1, 0, 3, 2));
  store<f32>(row, flat ? 0 : span / 127);
  store<i32>(row, -zero, 4);
  store<i32>(row, -128 * i32x4.extract_lane(sums, 0), 8);
}

/** Four values of a row from byte j on. */
// @ts-ignore: decorator
@inline
function values(a: usize, adjust: usize, gain: usize, j: usize): v128 {
  const v = v128.load(a + j);
  return adjust ? f32x4.mul(f32x4.sub(v, v128.load(adjust + j)), v128.load(gain + j)) : v;
}

/** The 1 to 3 values at the end of a row, then zeros. */
function last_values(a: usize, adjust: usize, gain: usize, j: usize, n: i32): v128 {
  const v = load_tail(a + j, n);
  return adjust ? f32x4.mul(f32x4.sub(v, load_tail(adjust + j, n)), load_tail(gain + j, n)) : v;
}

/** Eight quantised values as words. */
// @ts-ignore: decorator
@inline
function words(x: v128, y: v128, factor: v128, offset: v128): v128 {
  const bits = i32x4.splat(ROUND_BITS);
  const u = i32x4.sub(f32x4.add(f32x4.mul(x, factor), offset), bits);
  const v = i32x4.sub(f32x4.add(f32x4.mul(y, factor), offset), bits);
  return i16x8.min_s(i16x8.narrow_i32x4_s(u, v), i16x8.splat(127));
}
