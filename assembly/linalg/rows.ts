import { activation_backward, activation_forward } from "../layers/activation";
import { load_tail, madd, settle, store_tail } from "../simd";

// Element by element over rows that lie apart: x[r, j] is at x + r·ldx + j. A row stride of 0 takes the same
// row every time. Rows without gaps are one long row.

const ADD: i32 = 0;
const SUB: i32 = 1;
const MUL: i32 = 2;
const DIV: i32 = 3;

/**
 * out[r, j] = a[r, j] op b[r, j],  op: 0 +, 1 −, 2 ·, 3 /
 * out  out [R, n], row stride ldo; may be a or b
 * in   a [R, n], b [R, n], row strides lda, ldb
 */
export function rows_combine(
  out: usize, a: usize, b: usize, R: i32, n: i32, ldo: i32, lda: i32, ldb: i32, op: i32,
): void {
  if (ldo == n && lda == n && ldb == n) {
    n *= R;
    R = 1;
  }
  for (; R > 0; R--) {
    if (op == ADD) combine(ADD, out, a, b, n);
    else if (op == SUB) combine(SUB, out, a, b, n);
    else if (op == MUL) combine(MUL, out, a, b, n);
    else combine(DIV, out, a, b, n);
    out += <usize>ldo << 2;
    a += <usize>lda << 2;
    b += <usize>ldb << 2;
  }
}

// @ts-ignore: decorator
@inline
function combine(op: i32, out: usize, a: usize, b: usize, n: i32): void {
  const end = out + (<usize>(n & ~3) << 2);
  for (; out < end; out += 16, a += 16, b += 16) v128.store(out, of_two(op, v128.load(a), v128.load(b)));
  const rest = n & 3;
  if (rest) store_tail(out, of_two(op, load_tail(a, rest), load_tail(b, rest)), rest);
}

// @ts-ignore: decorator
@inline
function of_two(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUB) return f32x4.sub(a, b);
  if (op == MUL) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

/**
 * out[r, j] = alpha · a[r, j] + beta
 * out  out [R, n], row stride ldo; may be a
 * in   a [R, n], row stride lda
 */
export function rows_affine(
  out: usize, a: usize, R: i32, n: i32, ldo: i32, lda: i32, alpha: f32, beta: f32,
): void {
  if (ldo == n && lda == n) {
    n *= R;
    R = 1;
  }
  const s = f32x4.splat(alpha);
  const c = f32x4.splat(beta);
  const rest = n & 3;
  const body = <usize>(n & ~3) << 2;
  for (; R > 0; R--) {
    for (let j: usize = 0; j < body; j += 16) v128.store(out + j, madd(s, v128.load(a + j), c));
    if (rest) store_tail(out + body, madd(s, load_tail(a + body, rest), c), rest);
    out += <usize>ldo << 2;
    a += <usize>lda << 2;
  }
}

/**
 * out[r, j] = a[r, j] without what is too small to be carried on (settle in simd.ts)
 * out  out [R, n], row stride ldo; may be a
 * in   a [R, n], row stride lda
 */
export function rows_settle(out: usize, a: usize, R: i32, n: i32, ldo: i32, lda: i32): void {
  if (ldo == n && lda == n) {
    n *= R;
    R = 1;
  }
  const rest = n & 3;
  const body = <usize>(n & ~3) << 2;
  for (; R > 0; R--) {
    for (let j: usize = 0; j < body; j += 16) v128.store(out + j, settle(v128.load(a + j)));
    if (rest) store_tail(out + body, settle(load_tail(a + body, rest)), rest);
    out += <usize>ldo << 2;
    a += <usize>lda << 2;
  }
}

/**
 * y[r, j] = f(x[r, j]), as activation_forward
 * out  y [R, n], row stride ldy; may be x
 * in   x [R, n], row stride ldx
 */
export function rows_activation(y: usize, x: usize, R: i32, n: i32, ldy: i32, ldx: i32, code: i32): void {
  if (ldy == n && ldx == n) {
    n *= R;
    R = 1;
  }
  for (; R > 0; R--) {
    activation_forward(y, x, n, code);
    y += <usize>ldy << 2;
    x += <usize>ldx << 2;
  }
}

/**
 * dx[r, j] = dy[r, j] · f'(x[r, j]), as activation_backward
 * out  dx [R, n], row stride ldd; may be dy
 * in   dy, y [R, n], x [R, n] or 0, row strides lddy, ldy, ldx
 */
export function rows_slope(
  dx: usize, dy: usize, y: usize, x: usize, R: i32, n: i32, ldd: i32, lddy: i32, ldy: i32, ldx: i32,
  code: i32,
): void {
  if (ldd == n && lddy == n && ldy == n && (!x || ldx == n)) {
    n *= R;
    R = 1;
  }
  for (; R > 0; R--) {
    activation_backward(dx, dy, y, x, n, code);
    dx += <usize>ldd << 2;
    dy += <usize>lddy << 2;
    y += <usize>ldy << 2;
    if (x) x += <usize>ldx << 2;
  }
}
