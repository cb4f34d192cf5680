/**
 * The one place of the 8-bit kernels that knows portable from relaxed. Both builds compute the same
 * integers: a sum over k of w[k] · a[k], w from -127 to 127, a from 0 to 127, by groups of four k. A vector
 * of weights holds four columns, four k of each: [4 columns][4 k]; sums hold one i32 per column.
 *
 * relaxed: i16x8.relaxed_dot_i8x16_i7x16_s. Seven bits without sign are what every engine must take alike
 *   in its second operand, and two products, at most 2 · 127 · 127, stay below 2^15: nothing is left to the
 *   engine. One row of four a takes 4 bytes.
 * portable: a vector of weights, seen as words v = 256 · w1 + w0 + 128 (pack adds the 128), is not widened:
 *   w0 · a0 + w1 · a1 = v · a0 + (v >> 8) · (a1 - 256 · a0) - 128 · a0
 *   which is two dots and a shift; rows.ts keeps the sum of a0, and overflow wraps back. One row of four a
 *   takes 8 bytes: a0, a2, a1 - 256 · a0, a3 - 256 · a2. Measured against loads that widen each half: 71 us
 *   to 87 us for [1, 1024] x [1024, 2048], of which the bytes alone take about 50.
 */

/** Bytes between groups of four k of one row. */
// @ts-ignore: decorator
@inline
export function group_bytes(): usize {
  return ASC_FEATURE_RELAXED_SIMD ? 4 : 8;
}

/** The first operand of `dot` for group g of a row. */
// @ts-ignore: decorator
@inline
export function even(a: usize, g: usize): v128 {
  return v128.load32_splat(a + g * group_bytes());
}

/** The second operand: what the odd bytes of the weights meet. */
// @ts-ignore: decorator
@inline
export function odd(a: usize, g: usize, first: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return first;
  return v128.load32_splat(a + g * group_bytes() + 4);
}

/** The odd bytes of a vector of weights. */
// @ts-ignore: decorator
@inline
export function high(w: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? w : i16x8.shr_s(w, 8);
}

/** sums + the products of one group. */
// @ts-ignore: decorator
@inline
export function dot(sums: v128, w: v128, h: v128, first: v128, second: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.add(sums, i32x4.dot_i16x8_s(v128.relaxed_dot<i16>(w, first), i16x8.splat(1)));
  }
  return i32x4.add(i32x4.add(sums, i32x4.dot_i16x8_s(w, first)), i32x4.dot_i16x8_s(h, second));
}

/** Four weights of one column as dot wants them. */
// @ts-ignore: decorator
@inline
export function packed_weights(w: i32): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? w : w ^ 0x00800080;
}

/**
 * Stores eight quantised values of a row, words from 0 to 127, and gives sums plus the values at even places.
 */
// @ts-ignore: decorator
@inline
export function store_values(p: usize, q: v128, sums: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    v128.store_lane<u64>(p, i8x16.narrow_i16x8_s(q, q), 0);
    return sums;
  }
  const swapped = v128.shuffle<i16>(q, q, 1, 0, 3, 2, 5, 4, 7, 6);
  const second = i16x8.sub(swapped, i16x8.shl(q, 8));
  v128.store(p, v128.shuffle<i16>(q, second, 0, 2, 8, 10, 4, 6, 12, 14));
  return i32x4.add(sums, i32x4.dot_i16x8_s(q, i16x8(1, 0, 1, 0, 1, 0, 1, 0)));
}
