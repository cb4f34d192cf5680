import { load_tail, madd, store_tail } from "../simd";

/**
 * out_j = a_j
 * out  out [n]
 * in   a [n]; may overlap out
 */
export function copy(out: usize, a: usize, n: i32): void {
  memory.copy(out, a, <usize>n << 2);
}

/**
 * out_j = a_j + b_j
 * out  out [n]; may be a or b
 * in   a [n], b [n]
 */
export function add(out: usize, a: usize, b: usize, n: i32): void {
  const end = out + (<usize>(n & ~3) << 2);
  for (; out < end; out += 16) {
    v128.store(out, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  const rest = n & 3;
  if (rest) store_tail(out, f32x4.add(load_tail(a, rest), load_tail(b, rest)), rest);
}

/**
 * out_j = a_j · b_j
 * out  out [n]; may be a or b
 * in   a [n], b [n]
 */
export function mul(out: usize, a: usize, b: usize, n: i32): void {
  const end = out + (<usize>(n & ~3) << 2);
  for (; out < end; out += 16) {
    v128.store(out, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  const rest = n & 3;
  if (rest) store_tail(out, f32x4.mul(load_tail(a, rest), load_tail(b, rest)), rest);
}

/**
 * out_{t,s} = x_{t,s} · mask_s
 * out  out [T, S]; may be x
 * in   x [T, S], mask [S]
 */
export function mul_time(out: usize, x: usize, mask: usize, T: i32, S: i32): void {
  const row = <usize>S << 2;
  for (let t = 0; t < T; t++) {
    mul(out, x, mask, S);
    out += row;
    x += row;
  }
}

/**
 * y_j += alpha · x_j
 * out  y [n]
 * in   x [n]; may be y
 */
export function axpy(y: usize, x: usize, n: i32, alpha: f32): void {
  const s = f32x4.splat(alpha);
  const end = y + (<usize>(n & ~3) << 2);
  for (; y < end; y += 16) {
    v128.store(y, madd(s, v128.load(x), v128.load(y)));
    x += 16;
  }
  const rest = n & 3;
  if (rest) store_tail(y, madd(s, load_tail(x, rest), load_tail(y, rest)), rest);
}

/**
 * out_j = alpha · a_j
 * out  out [n]; may be a
 * in   a [n]
 */
export function scale(out: usize, a: usize, n: i32, alpha: f32): void {
  const s = f32x4.splat(alpha);
  const end = out + (<usize>(n & ~3) << 2);
  for (; out < end; out += 16) {
    v128.store(out, f32x4.mul(s, v128.load(a)));
    a += 16;
  }
  const rest = n & 3;
  if (rest) store_tail(out, f32x4.mul(s, load_tail(a, rest)), rest);
}
