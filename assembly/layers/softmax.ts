import { exp } from "../math/exp";
import { log } from "../math/log";
import { load_tail, madd, nmadd, store_tail } from "../simd";

// Rows [R, O]. A sum over a row runs in four partial sums, element j in sum j mod 4, each by rising j;
// then (0 + 2) + (1 + 3). It depends on O alone, so a row has the same bits in any batch.

/**
 * y_j = e^(x_j − m) / Σ_k e^(x_k − m),   m = max_k x_k
 * out  y [R, O]
 * in   x [R, O]
 * y may be x.
 */
export function softmax_forward(y: usize, x: usize, R: i32, O: i32): void {
  const body = <usize>(O & ~3) << 2;
  const count = O & 3;
  for (let row = 0; row < R; row++, x += <usize>O << 2, y += <usize>O << 2) {
    const m = row_max(x, O);
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < body; j += 16) {
      const e = exp(f32x4.sub(v128.load(x + j), m));
      sum = f32x4.add(sum, e);
      v128.store(y + j, e);
    }
    if (count) {
      const e = exp(f32x4.sub(load_tail(x + body, count), m));
      sum = f32x4.add(sum, v128.and(e, tail_mask(count)));
      store_tail(y + body, e, count);
    }
    sum = across(sum);
    for (let j: usize = 0; j < body; j += 16) v128.store(y + j, f32x4.div(v128.load(y + j), sum));
    if (count) store_tail(y + body, f32x4.div(load_tail(y + body, count), sum), count);
  }
}

/**
 * dx_j = y_j (dy_j − Σ_k dy_k y_k)
 * out  dx [R, O]
 * in   dy [R, O], y [R, O] = softmax(x)
 * dx may be dy or y.
 */
export function softmax_backward(dx: usize, dy: usize, y: usize, R: i32, O: i32): void {
  const body = <usize>(O & ~3) << 2;
  const count = O & 3;
  const step = <usize>O << 2;
  for (let row = 0; row < R; row++, dx += step, dy += step, y += step) {
    let dot = f32x4.splat(0);
    for (let j: usize = 0; j < body; j += 16) dot = madd(v128.load(dy + j), v128.load(y + j), dot);
    if (count) dot = madd(load_tail(dy + body, count), load_tail(y + body, count), dot);
    dot = across(dot);
    for (let j: usize = 0; j < body; j += 16) {
      v128.store(dx + j, f32x4.mul(v128.load(y + j), f32x4.sub(v128.load(dy + j), dot)));
    }
    if (count) {
      const d = f32x4.sub(load_tail(dy + body, count), dot);
      store_tail(dx + body, f32x4.mul(load_tail(y + body, count), d), count);
    }
  }
}

/**
 * y_j = (x_j − m) − ln Σ_k e^(x_k − m),   m = max_k x_k
 * out  y [R, O]
 * in   x [R, O]
 * y may be x.
 */
export function log_softmax_forward(y: usize, x: usize, R: i32, O: i32): void {
  const body = <usize>(O & ~3) << 2;
  const count = O & 3;
  for (let row = 0; row < R; row++, x += <usize>O << 2, y += <usize>O << 2) {
    const m = row_max(x, O);
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < body; j += 16) sum = f32x4.add(sum, exp(f32x4.sub(v128.load(x + j), m)));
    if (count) {
      const e = exp(f32x4.sub(load_tail(x + body, count), m));
      sum = f32x4.add(sum, v128.and(e, tail_mask(count)));
    }
    const whole = log(across(sum));
    for (let j: usize = 0; j < body; j += 16) {
      v128.store(y + j, f32x4.sub(f32x4.sub(v128.load(x + j), m), whole));
    }
    if (count) store_tail(y + body, f32x4.sub(f32x4.sub(load_tail(x + body, count), m), whole), count);
  }
}

/**
 * dx_j = dy_j − e^(y_j) Σ_k dy_k
 * out  dx [R, O]
 * in   dy [R, O], y [R, O] = log softmax(x)
 * dx may be dy or y.
 */
export function log_softmax_backward(dx: usize, dy: usize, y: usize, R: i32, O: i32): void {
  const body = <usize>(O & ~3) << 2;
  const count = O & 3;
  const step = <usize>O << 2;
  for (let row = 0; row < R; row++, dx += step, dy += step, y += step) {
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < body; j += 16) sum = f32x4.add(sum, v128.load(dy + j));
    if (count) sum = f32x4.add(sum, load_tail(dy + body, count));
    sum = across(sum);
    for (let j: usize = 0; j < body; j += 16) {
      v128.store(dx + j, nmadd(exp(v128.load(y + j)), sum, v128.load(dy + j)));
    }
    if (count) {
      const d = nmadd(exp(load_tail(y + body, count)), sum, load_tail(dy + body, count));
      store_tail(dx + body, d, count);
    }
  }
}

/** The largest of O ≥ 1 values in every lane; NaN are passed over (their own e^x brings them back). */
// @ts-ignore: decorator
@inline
function row_max(x: usize, O: i32): v128 {
  let m = f32x4.splat(-Infinity);
  const end = x + (<usize>(O & ~3) << 2);
  for (; x < end; x += 16) m = f32x4.pmax(m, v128.load(x));
  for (let j = O & 3; j > 0; j--, x += 4) m = f32x4.pmax(m, v128.load32_splat(x));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  return f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
}

/** (v0 + v2) + (v1 + v3) in every lane */
// @ts-ignore: decorator
@inline
function across(v: v128): v128 {
  v = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.add(v, v128.shuffle<f32>(v, v, 1, 0, 3, 2));
}

/** Ones in the `count` low lanes. */
// @ts-ignore: decorator
@inline
function tail_mask(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}
