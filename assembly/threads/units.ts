import { add, mul } from "../linalg/elementwise";
import { gemm_group } from "../linalg/gemm";

/**
 * Cells whose units are shared out: each thread makes the units `from` to `to` of every sample, step by step.
 * All arguments behind `to` are those of the cell's kernel for one thread, whose bits it gives. Between the
 * last write of a state and its product with the recurrent kernel, which reads all of it, threads meet at a
 * barrier. `from` is a multiple of 8, the width of a panel; `threads` counts those that share the call.
 */

/**
 * gemm for the columns of some units in each of G groups: C[:, g·H + from … g·H + to] += or = A B.
 * out  c [B, G·H], row stride ldc;  in  a [B, K], row stride lda;  packed: B [K, G·H] packed for G groups
 *      bias [G·H] or 0
 */
export function gemm_units(
  c: usize, a: usize, packed: usize, bias: usize, B: i32, H: i32, K: i32, G: i32, lda: i32, ldc: i32,
  accumulate: i32, from: i32, to: i32,
): void {
  const panels = <usize>((H + 7) >> 3) * K;
  packed += (<usize>(from >> 3) * K) << 5;
  c += <usize>from << 2;
  if (bias) bias += <usize>from << 2;
  for (; G > 0; G--) {
    gemm_group(c, a, packed, bias, B, to - from, K, <usize>lda << 2, <usize>ldc << 2, accumulate);
    c += <usize>H << 2;
    if (bias) bias += <usize>H << 2;
    packed += panels << 5;
  }
}

/** out = a ⊙ b for n of H units of B samples. */
export function mul_units(out: usize, a: usize, b: usize, B: i32, H: i32, n: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    mul(out, a, b, n);
    out += row; a += row; b += row;
  }
}

/** out = a + b for n of H units of B samples. */
export function add_units(out: usize, a: usize, b: usize, B: i32, H: i32, n: i32): void {
  const row = <usize>H << 2;
  for (; B > 0; B--) {
    add(out, a, b, n);
    out += row; a += row; b += row;
  }
}
