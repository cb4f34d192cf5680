import { load_tail, madd } from "../simd";

/*
 * Order of every sum here, a function of n alone. Elements fall in blocks of 512. Within a block, element i
 * joins chain i mod 32 by rising i, in f32; the 32 chains (8 vectors of 4 lanes) are added as a balanced
 * tree, vectors first, then lanes: (0 + 1) + (2 + 3). Block sums are added in f64 by rising index, and the
 * total is rounded to f32 once. Error: at most 22 roundings of f32 on any term, whatever n.
 */

/** Elements of a block: 8 vectors, 16 times. */
const BLOCK: i32 = 512;

const SUM: i32 = 0;
const SQUARES: i32 = 1;
const DOT: i32 = 2;

/**
 * out = sum_j a_j
 * out  out [1]
 * in   a [n]
 */
export function sum(out: usize, a: usize, n: i32): void {
  store<f32>(out, <f32>sum_of(a, n));
}

/**
 * out = sum_j a_j²
 * out  out [1]
 * in   a [n]
 */
export function sum_squares(out: usize, a: usize, n: i32): void {
  store<f32>(out, <f32>sum_squares_of(a, n));
}

/**
 * out = sum_j a_j b_j
 * out  out [1]
 * in   a [n], b [n]
 */
export function dot(out: usize, a: usize, b: usize, n: i32): void {
  store<f32>(out, <f32>dot_of(a, b, n));
}

/**
 * out_r = sum_j a_{r,j}, each row with the bits of sum
 * out  out [R]
 * in   a [R, n]
 */
export function sum_rows(out: usize, a: usize, R: i32, n: i32): void {
  const end = out + (<usize>R << 2);
  for (; out < end; out += 4) {
    store<f32>(out, <f32>sum_of(a, n));
    a += <usize>n << 2;
  }
}

/** sum_j a_j before the last rounding. */
export function sum_of(a: usize, n: i32): f64 {
  return reduce(SUM, a, a, n);
}

/** sum_j a_j² before the last rounding. */
export function sum_squares_of(a: usize, n: i32): f64 {
  return reduce(SQUARES, a, a, n);
}

/** sum_j a_j b_j before the last rounding. */
export function dot_of(a: usize, b: usize, n: i32): f64 {
  return reduce(DOT, a, b, n);
}

// @ts-ignore: decorator
@inline
function reduce(kind: i32, a: usize, b: usize, n: i32): f64 {
  let total: f64 = 0;
  while (n > 0) {
    let m = min(n, BLOCK);
    n -= m;
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    let s4 = f32x4.splat(0), s5 = f32x4.splat(0), s6 = f32x4.splat(0), s7 = f32x4.splat(0);
    for (; m >= 32; m -= 32) {
      s0 = term(kind, s0, v128.load(a), v128.load(b));
      s1 = term(kind, s1, v128.load(a, 16), v128.load(b, 16));
      s2 = term(kind, s2, v128.load(a, 32), v128.load(b, 32));
      s3 = term(kind, s3, v128.load(a, 48), v128.load(b, 48));
      s4 = term(kind, s4, v128.load(a, 64), v128.load(b, 64));
      s5 = term(kind, s5, v128.load(a, 80), v128.load(b, 80));
      s6 = term(kind, s6, v128.load(a, 96), v128.load(b, 96));
      s7 = term(kind, s7, v128.load(a, 112), v128.load(b, 112));
      a += 128;
      b += 128;
    }
    // Fewer than 32 are left only at the end of the last block.
    for (let j = 0; m > 0; j++) {
      const x = m >= 4 ? v128.load(a) : load_tail(a, m);
      const y = m >= 4 ? v128.load(b) : load_tail(b, m);
      if (j == 0) s0 = term(kind, s0, x, y);
      else if (j == 1) s1 = term(kind, s1, x, y);
      else if (j == 2) s2 = term(kind, s2, x, y);
      else if (j == 3) s3 = term(kind, s3, x, y);
      else if (j == 4) s4 = term(kind, s4, x, y);
      else if (j == 5) s5 = term(kind, s5, x, y);
      else if (j == 6) s6 = term(kind, s6, x, y);
      else s7 = term(kind, s7, x, y);
      a += 16;
      b += 16;
      m -= 4;
    }
    s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    s4 = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
    s0 = f32x4.add(s0, s4);
    const low = f32x4.extract_lane(s0, 0) + f32x4.extract_lane(s0, 1);
    const high = f32x4.extract_lane(s0, 2) + f32x4.extract_lane(s0, 3);
    total += <f64>(low + high);
  }
  return total;
}

// @ts-ignore: decorator
@inline
function term(kind: i32, s: v128, x: v128, y: v128): v128 {
  if (kind == SUM) return f32x4.add(s, x);
  if (kind == SQUARES) return madd(x, x, s);
  return madd(x, y, s);
}
