import { sum_of, sum_squares_of } from "../linalg/reduce";
import { madd, nmadd } from "../simd";
import { load_units, store_carried, store_units, units_left } from "./units";

/**
 * Layer normalisation of rows, the normalised values being kept:
 *   x̂ = (x − μ) / √(σ² + epsilon),   y = gain ⊙ x̂ + bias, or with `accumulate` y += gain ⊙ x̂
 * out  y [R, D], row stride ldy
 *      hat [R, D]: x on entry, x̂ on exit
 *      inv [R], stride ldi: 1 / √(σ² + epsilon)
 * in   gain [D], bias [D] or 0 for zeros; not read with `accumulate`
 * Sums run as in linalg/reduce; the mean is taken a second time from x − μ, so that an offset far above the
 * deviation costs no accuracy.
 * Source: Ba, Kiros, Hinton 2016
 */
export function norm_rows(
  y: usize, hat: usize, inv: usize, gain: usize, bias: usize,
  R: i32, D: i32, ldy: i32, ldi: i32, accumulate: i32, epsilon: f32,
): void {
  const row = <usize>D << 2;
  const n = <f64>D;
  if (D == 0) return;
  for (; R > 0; R--) {
    const high = f32x4.splat(<f32>(sum_of(hat, D) / n));
    for (let j: usize = 0; j < row; j += 16) {
      const w = units_left(row, j);
      store_units(hat + j, f32x4.sub(load_units(hat + j, w), high), w);
    }
    const low = sum_of(hat, D) / n;
    const variance = max<f64>(sum_squares_of(hat, D) / n - low * low, 0);
    const inverse = <f32>(1 / sqrt<f64>(variance + <f64>epsilon));
    store<f32>(inv, inverse);
    const l = f32x4.splat(<f32>low), r = f32x4.splat(inverse);
    for (let j: usize = 0; j < row; j += 16) {
      const w = units_left(row, j);
      const x = f32x4.mul(f32x4.sub(load_units(hat + j, w), l), r);
      store_units(hat + j, x, w);
      let base = f32x4.splat(0);
      if (accumulate) base = load_units(y + j, w);
      else if (bias) base = load_units(bias + j, w);
      store_units(y + j, madd(load_units(gain + j, w), x, base), w);
    }
    y += <usize>ldy << 2;
    inv += <usize>ldi << 2;
    hat += row;
  }
}

/**
 * The way back through norm_rows, g = gain ⊙ dy:
 *   dx = inv · (g − mean(g) − x̂ · mean(g ⊙ x̂)), with `accumulate` added to dx
 * out  dx [R, D], row stride lddx; may be dy without `accumulate`
 * in   dy [R, D], row stride lddy;  gain [D];  hat [R, D], inv [R] of stride ldi, as norm_rows leaves them
 * The gradients of gain and bias are the column sums of dy ⊙ x̂ and of dy.
 */
export function norm_rows_backward(
  dx: usize, dy: usize, gain: usize, hat: usize, inv: usize,
  R: i32, D: i32, lddx: i32, lddy: i32, ldi: i32, accumulate: i32,
): void {
  const row = <usize>D << 2;
  const n = <f64>D;
  for (; R > 0; R--) {
    let s = f32x4.splat(0), p = f32x4.splat(0);
    for (let j: usize = 0; j < row; j += 16) {
      const w = units_left(row, j);
      const g = f32x4.mul(load_units(dy + j, w), load_units(gain + j, w));
      s = f32x4.add(s, g);
      p = madd(g, load_units(hat + j, w), p);
    }
    const first = f32x4.splat(<f32>(lanes_sum(s) / n));
    const second = f32x4.splat(<f32>(lanes_sum(p) / n));
    const r = v128.load32_splat(inv);
    for (let j: usize = 0; j < row; j += 16) {
      const w = units_left(row, j);
      const g = f32x4.mul(load_units(dy + j, w), load_units(gain + j, w));
      const d = f32x4.mul(r, nmadd(load_units(hat + j, w), second, f32x4.sub(g, first)));
      store_carried(dx + j, accumulate ? f32x4.add(load_units(dx + j, w), d) : d, w);
    }
    dx += <usize>lddx << 2;
    dy += <usize>lddy << 2;
    inv += <usize>ldi << 2;
    hat += row;
  }
}

// @ts-ignore: decorator
@inline
function lanes_sum(v: v128): f64 {
  const pair = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return <f64>(pair + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)));
}
