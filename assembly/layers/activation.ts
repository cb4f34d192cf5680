import { GELU, LINEAR, RELU, SIGMOID, SILU, TANH, activate, activate_slope } from "../math/activation";
import { sigmoid_forward, tanh_forward } from "../math/arrays";
import { gelu_slope } from "../math/gelu";
import { silu_slope } from "../math/silu";
import { copy } from "../linalg/elementwise";
import { load_tail, store_tail } from "../simd";

/**
 * y_j = f(x_j), f named by a code of math/activation.ts
 * out  y [n]
 * in   x [n]
 * y may be x.
 */
export function activation_forward(y: usize, x: usize, n: i32, code: i32): void {
  if (code == TANH) return tanh_forward(y, x, n);
  if (code == SIGMOID) return sigmoid_forward(y, x, n);
  if (code == LINEAR) {
    if (y != x) copy(y, x, n);
    return;
  }
  const end = x + (<usize>(n & ~3) << 2);
  if (code == RELU) {
    for (; x < end; x += 16, y += 16) v128.store(y, f32x4.pmax(v128.load(x), f32x4.splat(0)));
  } else {
    for (; x < end; x += 16, y += 16) v128.store(y, activate(code, v128.load(x)));
  }
  if (n & 3) store_tail(y, activate(code, load_tail(x, n & 3)), n & 3);
}

/**
 * dx_j = dy_j · f'(x_j)
 * out  dx [n]
 * in   dy [n], y [n] = f(x), x [n]: read for GELU and SILU only, 0 otherwise
 * dx may be dy, y or x.
 */
export function activation_backward(dx: usize, dy: usize, y: usize, x: usize, n: i32, code: i32): void {
  if (code == LINEAR) {
    if (dx != dy) copy(dx, dy, n);
  } else if (code == RELU) {
    scale_by_slope(dx, dy, y, n, RELU);
  } else if (code == TANH) {
    scale_by_slope(dx, dy, y, n, TANH);
  } else if (code == SIGMOID) {
    scale_by_slope(dx, dy, y, n, SIGMOID);
  } else {
    scale_by_slope(dx, dy, code == GELU || code == SILU ? x : y, n, code);
  }
}

/** dx = dy · slope. Inlined, so that a constant code leaves a loop without branches. */
// @ts-ignore: decorator
@inline
function scale_by_slope(dx: usize, dy: usize, from: usize, n: i32, code: i32): void {
  const body = <usize>(n & ~3) << 2;
  for (let j: usize = 0; j < body; j += 16) {
    v128.store(dx + j, f32x4.mul(v128.load(dy + j), slope(code, v128.load(from + j))));
  }
  const count = n & 3;
  if (count) {
    const d = f32x4.mul(load_tail(dy + body, count), slope(code, load_tail(from + body, count)));
    store_tail(dx + body, d, count);
  }
}

// @ts-ignore: decorator
@inline
function slope(code: i32, v: v128): v128 {
  if (code == RELU) return v128.and(f32x4.splat(1), f32x4.gt(v, f32x4.splat(0)));
  if (code == TANH || code == SIGMOID) return activate_slope(code, v);
  return slope_other(code, v);
}

function slope_other(code: i32, v: v128): v128 {
  if (code == GELU) return gelu_slope(v);
  if (code == SILU) return silu_slope(v);
  return activate_slope(code, v);
}
