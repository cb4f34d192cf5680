import { colsum } from "./colsum";
import { fill } from "./fill";
import { load_tail, store_tail } from "../simd";

/**
 * out_t = x_{T-1-t}
 * out  out [T, S]
 * in   x [T, S]; must not overlap out
 */
export function reverse_time(out: usize, x: usize, T: i32, S: i32): void {
  const row = <usize>S << 2;
  x += row * T;
  for (let t = 0; t < T; t++) {
    x -= row;
    copy_block(out, x, S);
    out += row;
  }
}

/**
 * out_{q,p} = x_{p,q} for blocks of S elements: batch-major to time-major and back.
 * out  out [Q, P, S]
 * in   x [P, Q, S]; must not overlap out
 */
export function transpose_copy(out: usize, x: usize, P: i32, Q: i32, S: i32): void {
  const block = <usize>S << 2;
  const row = block * Q;
  for (let q = 0; q < Q; q++) {
    let from = x;
    for (let p = 0; p < P; p++) {
      copy_block(out, from, S);
      out += block;
      from += row;
    }
    x += block;
  }
}

/**
 * Columns from one matrix to another:   out[r, j] = x[r, j]
 * out  out [R, n], row stride ldo
 * in   x [R, n], row stride ldx; must not overlap out
 * Joins matrices along their last axis and parts them again.
 */
export function copy_columns(out: usize, x: usize, R: i32, n: i32, ldo: i32, ldx: i32): void {
  for (; R > 0; R--) {
    copy_block(out, x, n);
    out += <usize>ldo << 2;
    x += <usize>ldx << 2;
  }
}

/**
 * Each block n times in a row:   out_{p,i} = x_p
 * out  out [P, n, S]
 * in   x [P, S]; must not overlap out
 */
export function repeat_copy(out: usize, x: usize, P: i32, n: i32, S: i32): void {
  const block = <usize>S << 2;
  for (; P > 0; P--) {
    for (let i = 0; i < n; i++) {
      copy_block(out, x, S);
      out += block;
    }
    x += block;
  }
}

/**
 * The gradient of repeat_copy:   dx_p = Σ_i dy_{p,i}, by rising i
 * out  dx [P, S]
 * in   dy [P, n, S]; must not overlap dx
 */
export function repeat_sum(dx: usize, dy: usize, P: i32, n: i32, S: i32): void {
  const block = <usize>S << 2;
  for (; P > 0; P--) {
    fill(dx, S, 0);
    colsum(dx, dy, n, S, S);
    dx += block;
    dy += block * n;
  }
}

/**
 * Axes in another order:   out[i, j, k, l] = x at i·si + j·sj + k·sk + l·sl
 * out  out [I, J, K, L]
 * in   x, one element for each of out; must not overlap out
 * si … sl are the strides in x, in elements.
 */
export function permute_copy(
  out: usize, x: usize, I: i32, J: i32, K: i32, L: i32, si: i32, sj: i32, sk: i32, sl: i32,
): void {
  const step = <usize>sl << 2;
  for (let i = 0; i < I; i++) {
    for (let j = 0; j < J; j++) {
      for (let k = 0; k < K; k++) {
        let from = x + (<usize>(i * si + j * sj + k * sk) << 2);
        for (let l = 0; l < L; l++, out += 4, from += step) store<f32>(out, load<f32>(from));
      }
    }
  }
}

/** memory.copy is a call out of the module; blocks are short. */
// @ts-ignore: decorator
@inline
export function copy_block(to: usize, from: usize, n: i32): void {
  const rest = n & 3;
  const end = from + (<usize>(n - rest) << 2);
  for (; from < end; from += 16) {
    v128.store(to, v128.load(from));
    to += 16;
  }
  if (rest) store_tail(to, load_tail(from, rest), rest);
}
