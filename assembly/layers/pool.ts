import { fill } from "../linalg/fill";
import { load_lanes, store_lanes } from "../optimizers/lanes";

/*
 * Windows of K steps: step t of y is made of steps t·stride + offset + k of x, 0 <= k < K; those outside
 * of x are left out, and each window has one inside at least. A step has S neighbouring floats, ld floats
 * apart from the next: S < ld takes some of the columns.
 */

/**
 * y_t = max over the window; NaN where one is NaN
 * out  y [T, S]
 * in   x [TX, S]
 */
export function pool_max_forward(
  y: usize, x: usize, T: i32, TX: i32, S: i32, ld: i32, K: i32, stride: i32, offset: i32,
): void {
  const row = <usize>ld << 2;
  for (let t = 0; t < T; t++) {
    const at = t * stride + offset;
    const from = x + <usize>max(at, 0) * row;
    const n = min(at + K, TX) - max(at, 0);
    for (let s = 0; s < S; s += 4) {
      const count = min(S - s, 4);
      let p = from + (<usize>s << 2);
      let most = load_lanes(p, count);
      for (let k = 1; k < n; k++) {
        p += row;
        most = f32x4.max(most, load_lanes(p, count));
      }
      store_lanes(y + (<usize>s << 2), most, count);
    }
    y += row;
  }
}

/**
 * The first step of a window that is its maximum takes dy_t; steps of several windows add up by rising t.
 * out  dx [TX, S]
 * in   x [TX, S], y [T, S], dy [T, S]
 */
export function pool_max_backward(
  dx: usize, x: usize, y: usize, dy: usize,
  T: i32, TX: i32, S: i32, ld: i32, K: i32, stride: i32, offset: i32,
): void {
  const row = <usize>ld << 2;
  for (let t: usize = 0; t < <usize>TX; t++) fill(dx + t * row, S, 0);
  for (let t = 0; t < T; t++) {
    const at = t * stride + offset;
    const from = <usize>max(at, 0) * row;
    const n = min(at + K, TX) - max(at, 0);
    for (let s = 0; s < S; s += 4) {
      const count = min(S - s, 4);
      const place = <usize>s << 2;
      const most = load_lanes(y + place, count);
      let left = load_lanes(dy + place, count);
      let p = from + place;
      for (let k = 0; k < n; k++) {
        const hit = f32x4.eq(load_lanes(x + p, count), most);
        store_lanes(dx + p, f32x4.add(load_lanes(dx + p, count), v128.and(left, hit)), count);
        left = v128.andnot(left, hit);
        p += row;
      }
    }
    y += row;
    dy += row;
  }
}

/**
 * y_t = mean over the steps of the window that are inside of x, summed by rising step
 * out  y [T, S]
 * in   x [TX, S]
 */
export function pool_mean_forward(
  y: usize, x: usize, T: i32, TX: i32, S: i32, ld: i32, K: i32, stride: i32, offset: i32,
): void {
  const row = <usize>ld << 2;
  for (let t = 0; t < T; t++) {
    const at = t * stride + offset;
    const from = x + <usize>max(at, 0) * row;
    const n = min(at + K, TX) - max(at, 0);
    const size = f32x4.splat(<f32>n);
    for (let s = 0; s < S; s += 4) {
      const count = min(S - s, 4);
      let p = from + (<usize>s << 2);
      let sum = load_lanes(p, count);
      for (let k = 1; k < n; k++) {
        p += row;
        sum = f32x4.add(sum, load_lanes(p, count));
      }
      store_lanes(y + (<usize>s << 2), f32x4.div(sum, size), count);
    }
    y += row;
  }
}

/**
 * dx = Σ dy_t / n_t over the windows that a step is in, by rising t
 * out  dx [TX, S]
 * in   dy [T, S]
 */
export function pool_mean_backward(
  dx: usize, dy: usize, T: i32, TX: i32, S: i32, ld: i32, K: i32, stride: i32, offset: i32,
): void {
  const row = <usize>ld << 2;
  for (let t: usize = 0; t < <usize>TX; t++) fill(dx + t * row, S, 0);
  for (let t = 0; t < T; t++) {
    const at = t * stride + offset;
    const to = dx + <usize>max(at, 0) * row;
    const n = min(at + K, TX) - max(at, 0);
    const size = f32x4.splat(<f32>n);
    for (let s = 0; s < S; s += 4) {
      const count = min(S - s, 4);
      const place = <usize>s << 2;
      const share = f32x4.div(load_lanes(dy + place, count), size);
      let p = to + place;
      for (let k = 0; k < n; k++) {
        store_lanes(p, f32x4.add(load_lanes(p, count), share), count);
        p += row;
      }
    }
    dy += row;
  }
}
