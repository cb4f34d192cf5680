import { load_lanes, store_lanes } from "../optimizers/lanes";

/**
 * out_j = max(a_j, b_j), or min(a_j, b_j) where `largest` is 0; NaN where either is NaN
 * out  out [n]; may be a or b
 * in   a [n], b [n]
 */
export function extreme_forward(out: usize, a: usize, b: usize, n: i32, largest: i32): void {
  for (let j = 0; j < n; j += 4, out += 16, a += 16, b += 16) {
    const count = min(n - j, 4);
    const p = load_lanes(a, count);
    const q = load_lanes(b, count);
    store_lanes(out, largest ? f32x4.max(p, q) : f32x4.min(p, q), count);
  }
}

/**
 * Gives the gradient of y = max(x_1, x_2, …) to one input after another: the first that equals y takes it.
 *   dx_j = left_j where x_j = y_j, else 0;   left_j ← 0 where x_j = y_j
 * out     dx [n]
 * in/out  left [n]: dy before the first input, what is not yet given away between them
 * in      x [n], y [n]
 */
export function extreme_backward(dx: usize, left: usize, x: usize, y: usize, n: i32): void {
  for (let j = 0; j < n; j += 4, dx += 16, left += 16, x += 16, y += 16) {
    const count = min(n - j, 4);
    const taken = f32x4.eq(load_lanes(x, count), load_lanes(y, count));
    const d = load_lanes(left, count);
    store_lanes(dx, v128.and(d, taken), count);
    store_lanes(left, v128.andnot(d, taken), count);
  }
}
