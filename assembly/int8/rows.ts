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
 *   lo = min(0, a),  hi = max(0, a),  s = (hi - lo) / 127,  zero = round(-lo / s)
 *   q_k = min(127, round(a_k · 127 / (hi - lo) + zero)),   a_k ≈ s · (q_k - zero),  0 exactly
 * out  rows [M]: scale, -zero, correction, values as dot.ts lays them out; row_bytes(K) apart
 * in   a [M, K], row stride lda
 * NaN or an infinity in a row makes its scale so, and with it every product of the row.
 */
export function quantize_rows(rows: usize, a: usize, M: i32, K: i32, lda: i32): void {
  const size = row_bytes(K);
  for (; M > 0; M--) {
    quantize_row(rows, a, K);
    rows += size;
    a += <usize>lda << 2;
  }
}

function quantize_row(row: usize, a: usize, K: i32): void {
  const body = a + (<usize>(K & ~3) << 2);
  const rest = K & 3;
  // Bits of floats compare as integers: with sign, hi is the largest; without, lo. NaN is beyond them all.
  let high = i32x4.splat(0), low = i32x4.splat(i32.MIN_VALUE);
  let p = a;
  for (; p < body; p += 16) {
    const x = v128.load(p);
    high = i32x4.max_s(high, x);
    low = i32x4.max_u(low, x);
  }
  if (rest) {
    const x = load_tail(p, rest);
    high = i32x4.max_s(high, x);
    low = i32x4.max_u(low, x);
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
  const whole = a + (<usize>(K & ~7) << 2);
  for (p = a; p < whole; p += 32) {
    sums = store_values(to, words(v128.load(p), v128.load(p, 16), factor, offset), sums);
    to += 2 * group_bytes();
  }
  const tail = K & 7;
  if (tail) {
    const x = tail >= 4 ? v128.load(p) : load_tail(p, tail);
    const y = tail > 4 ? load_tail(p + 16, tail - 4) : i32x4.splat(0);
    sums = store_values(to, words(x, y, factor, offset), sums);
  }
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 1, 0, 3, 2));
  store<f32>(row, flat ? 0 : span / 127);
  store<i32>(row, -zero, 4);
  store<i32>(row, -128 * i32x4.extract_lane(sums, 0), 8);
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
