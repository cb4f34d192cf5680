import { load_lanes, store_lanes } from "../optimizers/lanes";

/*
 * Reductions of whole sequences of unequal length: steps at which valid [T, B] is 0 are left out, and a
 * sample of which no step counts gives 0. A row has C neighbouring channels, ld floats apart from the next.
 */

/**
 * y_b = max or mean of x_tb over the steps that count, by rising step
 * out  y [B, C]
 * in   x [T, B, C], valid [T, B]
 */
export function pool_valid_forward(
  y: usize, x: usize, valid: usize, T: i32, B: i32, C: i32, ld: i32, mean: i32,
): void {
  const row = <usize>ld << 2;
  for (let b: usize = 0; b < <usize>B; b++) {
    for (let c = 0; c < C; c += 4) {
      const count = min(C - c, 4);
      const place = b * row + (<usize>c << 2);
      let found = f32x4.splat(0);
      let n: f32 = 0;
      for (let t: usize = 0; t < <usize>T; t++) {
        if (load<f32>(valid + ((t * B + b) << 2)) == 0) continue;
        const v = load_lanes(x + t * B * row + place, count);
        found = n == 0 ? v : mean ? f32x4.add(found, v) : f32x4.max(found, v);
        n += 1;
      }
      if (mean && n > 0) found = f32x4.div(found, f32x4.splat(n));
      store_lanes(y + place, found, count);
    }
  }
}

/**
 * Mean: every step that counts takes dy_b / n_b. Max: the first that is the maximum takes dy_b. Others get 0.
 * out  dx [T, B, C]
 * in   x [T, B, C], y [B, C], dy [B, C], valid [T, B]
 */
export function pool_valid_backward(
  dx: usize, x: usize, y: usize, dy: usize, valid: usize, T: i32, B: i32, C: i32, ld: i32, mean: i32,
): void {
  const row = <usize>ld << 2;
  for (let b: usize = 0; b < <usize>B; b++) {
    let n: f32 = 0;
    for (let t: usize = 0; t < <usize>T; t++) {
      if (load<f32>(valid + ((t * B + b) << 2)) != 0) n += 1;
    }
    for (let c = 0; c < C; c += 4) {
      const count = min(C - c, 4);
      const place = b * row + (<usize>c << 2);
      const most = load_lanes(y + place, count);
      let left = load_lanes(dy + place, count);
      if (mean) left = f32x4.div(left, f32x4.splat(n));
      for (let t: usize = 0; t < <usize>T; t++) {
        const p = t * B * row + place;
        let taken = f32x4.splat(0);
        if (load<f32>(valid + ((t * B + b) << 2)) != 0) {
          const hit = mean ? i32x4.splat(-1) : f32x4.eq(load_lanes(x + p, count), most);
          taken = v128.and(left, hit);
          if (!mean) left = v128.andnot(left, hit);
        }
        store_lanes(dx + p, taken, count);
      }
    }
  }
}
