import { load_lanes, store_lanes } from "../optimizers/lanes";

// The numbers of src/layers/arithmetic/reductions.ts.
const SUM: i32 = 0;
const MEAN: i32 = 1;
const MAX: i32 = 2;
const MIN: i32 = 3;
const PRODUCT: i32 = 4;

/**
 * One axis becomes one number:   y[p, s] = op over j of x[p, j, s], by rising j
 * out  y [P, S]
 * in   x [P, n, S]
 */
export function axis_reduce_forward(y: usize, x: usize, P: i32, n: i32, S: i32, op: i32): void {
  const row = <usize>S << 2;
  for (; P > 0; P--, x += row * n, y += row) {
    for (let s = 0; s < S; s += 4) {
      const count = min(S - s, 4);
      const from = x + (<usize>s << 2);
      let v = load_lanes(from, count);
      for (let j = 1; j < n; j++) v = join(op, v, load_lanes(from + row * j, count));
      if (op == MEAN) v = f32x4.div(v, f32x4.splat(<f32>n));
      store_lanes(y + (<usize>s << 2), v, count);
    }
  }
}

// @ts-ignore: decorator
@inline
function join(op: i32, a: v128, b: v128): v128 {
  if (op <= MEAN) return f32x4.add(a, b);
  if (op == MAX) return f32x4.max(a, b);
  if (op == MIN) return f32x4.min(a, b);
  return f32x4.mul(a, b);
}

/**
 * Its gradient. Of several largest or smallest the first takes all.
 * out  dx [P, n, S]
 * in   dy [P, S], x [P, n, S], y [P, S]
 */
export function axis_reduce_backward(
  dx: usize, dy: usize, x: usize, y: usize, P: i32, n: i32, S: i32, op: i32,
): void {
  const row = <usize>S << 2;
  for (; P > 0; P--, dy += row, y += row) {
    for (let s: usize = 0; s < row; s += 4) {
      const g = load<f32>(dy + s);
      const best = load<f32>(y + s);
      let left = g;
      for (let j = 0; j < n; j++) {
        const at = row * j + s;
        let d = g;
        if (op == MEAN) d = g / <f32>n;
        else if (op == PRODUCT) d = g * others(x + s, row, n, j);
        else if (op != SUM) {
          d = load<f32>(x + at) == best ? left : 0;
          if (load<f32>(x + at) == best) left = 0;
        }
        store<f32>(dx + at, d);
      }
    }
    dx += row * n;
    x += row * n;
  }
}

/** Product of all but one: no division, which a zero would spoil. */
function others(x: usize, row: usize, n: i32, but: i32): f32 {
  let product: f32 = 1;
  for (let j = 0; j < n; j++) if (j != but) product *= load<f32>(x + row * j);
  return product;
}
