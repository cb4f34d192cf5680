import { sum_of, sum_squares_of } from "../linalg/reduce";
import { load_lanes, store_lanes } from "../optimizers/lanes";
import { madd, nmadd } from "../simd";

/** Floats of statistics per set: mean, what its rounding to f32 left, 1 / deviation. */
const STATS: usize = 12;

/**
 * Normalisation over sets of n = T·D elements: D neighbours at each of T steps.
 *   y = gamma ⊙ (x − μ) / √(σ² + epsilon) + beta,   σ² = mean (x − μ)²,   μ = 0 where `centred` is 0
 * T = 1, G = 1: each row of [B, D] (layer normalisation; uncentred: RMS normalisation). With G > 1
 * a sample's C = G·D channels fall in G groups that are normalised over time (group normalisation).
 * out  y [T, B, G·D], stats [B, G, 3]: μ in two parts, 1 / √(σ² + epsilon)
 * in   x [T, B, G·D], gamma [G·D] or 0 for ones, beta [G·D] or 0 for zeros
 * BS >= B is the batch stride. y must not overlap x.
 * Sums run as in linalg/reduce over each step's D elements, then in f64 by rising step. The mean is taken a
 * second time from x − μ, so that an offset far above the deviation costs no accuracy.
 * Source: Ba, Kiros, Hinton 2016; Zhang, Sennrich 2019; Wu, He 2018; docs/equations/normalization.md
 */
export function norm_forward(
  y: usize, stats: usize, x: usize, gamma: usize, beta: usize,
  T: i32, B: i32, BS: i32, G: i32, D: i32, centred: i32, epsilon: f32,
): void {
  const width = <usize>D << 2;
  const step = width * G * BS;
  const n = <f64>T * <f64>D;
  for (let b = 0; b < B; b++) {
    for (let g: usize = 0; g < <usize>G; g++) {
      let high: f32 = 0;
      let low: f64 = 0;
      let squares: f64 = 0;
      if (centred) {
        let total: f64 = 0;
        for (let t: usize = 0; t < <usize>T; t++) total += sum_of(x + t * step, D);
        high = <f32>(total / n);
      }
      for (let t: usize = 0; t < <usize>T; t++) {
        const row = y + t * step;
        shift_row(row, x + t * step, high, D);
        if (centred) low += sum_of(row, D);
        squares += sum_squares_of(row, D);
      }
      low /= n;
      const inverse = <f32>(1 / sqrt<f64>(max<f64>(squares / n - low * low, 0) + <f64>epsilon));
      store<f32>(stats, high);
      store<f32>(stats, <f32>low, 4);
      store<f32>(stats, inverse, 8);
      const scale = gamma ? gamma + g * width : 0;
      const shift = beta ? beta + g * width : 0;
      for (let t: usize = 0; t < <usize>T; t++) scale_row(y + t * step, <f32>low, inverse, scale, shift, D);
      stats += STATS;
      x += width;
      y += width;
    }
  }
}

/** y_j = x_j − mean */
function shift_row(y: usize, x: usize, mean: f32, D: i32): void {
  const m = f32x4.splat(mean);
  for (let j = 0; j < D; j += 4, x += 16, y += 16) {
    const count = min(D - j, 4);
    store_lanes(y, f32x4.sub(load_lanes(x, count), m), count);
  }
}

/** y_j ← gamma_j · (y_j − low) · inverse + beta_j */
function scale_row(y: usize, low: f32, inverse: f32, gamma: usize, beta: usize, D: i32): void {
  const l = f32x4.splat(low);
  const r = f32x4.splat(inverse);
  for (let j = 0; j < D; j += 4, y += 16) {
    const count = min(D - j, 4);
    const place = <usize>j << 2;
    const hat = f32x4.mul(f32x4.sub(load_lanes(y, count), l), r);
    const scale = gamma ? load_lanes(gamma + place, count) : f32x4.splat(1);
    const shift = beta ? load_lanes(beta + place, count) : f32x4.splat(0);
    store_lanes(y, madd(hat, scale, shift), count);
  }
}

/**
 * With x̂ = (x − μ) / √(σ² + epsilon) and g = gamma ⊙ dy:
 *   dx = (g − mean(g) − x̂ ⊙ mean(g ⊙ x̂)) / √(σ² + epsilon), without mean(g) where `centred` is 0
 *   dgamma += Σ dy ⊙ x̂,   dbeta += Σ dy, by rising sample, then by rising step
 * out  dx [T, B, G·D], dgamma [G·D] or 0, dbeta [G·D] or 0
 * in   dy [T, B, G·D], x [T, B, G·D], gamma [G·D] or 0, stats [B, G, 3] of norm_forward
 * dx may be dy.
 */
export function norm_backward(
  dx: usize, dgamma: usize, dbeta: usize, dy: usize, x: usize, gamma: usize, stats: usize,
  T: i32, B: i32, BS: i32, G: i32, D: i32, centred: i32,
): void {
  const width = <usize>D << 2;
  const step = width * G * BS;
  const n = <f64>T * <f64>D;
  for (let b = 0; b < B; b++) {
    for (let g: usize = 0; g < <usize>G; g++) {
      const place = g * width;
      const high = v128.load32_splat(stats);
      const low = v128.load32_splat(stats, 4);
      const inverse = v128.load32_splat(stats, 8);
      let sum: f64 = 0;
      let product: f64 = 0;
      for (let t: usize = 0; t < <usize>T; t++) {
        let s = f32x4.splat(0);
        let p = f32x4.splat(0);
        for (let j = 0; j < D; j += 4) {
          const count = min(D - j, 4);
          const i = <usize>j << 2;
          const d = load_lanes(dy + t * step + i, count);
          const hat = normal_of(load_lanes(x + t * step + i, count), high, low, inverse);
          if (dgamma) {
            const at = dgamma + place + i;
            store_lanes(at, madd(d, hat, load_lanes(at, count)), count);
          }
          if (dbeta) {
            const at = dbeta + place + i;
            store_lanes(at, f32x4.add(load_lanes(at, count), d), count);
          }
          const e = gamma ? f32x4.mul(d, load_lanes(gamma + place + i, count)) : d;
          s = f32x4.add(s, e);
          p = madd(e, hat, p);
        }
        sum += lanes_sum(s);
        product += lanes_sum(p);
      }
      const first = f32x4.splat(centred ? <f32>(sum / n) : 0);
      const second = f32x4.splat(<f32>(product / n));
      for (let t: usize = 0; t < <usize>T; t++) {
        for (let j = 0; j < D; j += 4) {
          const count = min(D - j, 4);
          const i = t * step + (<usize>j << 2);
          const d = load_lanes(dy + i, count);
          const hat = normal_of(load_lanes(x + i, count), high, low, inverse);
          const e = gamma ? f32x4.mul(d, load_lanes(gamma + place + (<usize>j << 2), count)) : d;
          store_lanes(dx + i, f32x4.mul(inverse, nmadd(hat, second, f32x4.sub(e, first))), count);
        }
      }
      stats += STATS;
      x += width;
      dy += width;
      dx += width;
    }
  }
}

// @ts-ignore: decorator
@inline
function normal_of(x: v128, high: v128, low: v128, inverse: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.sub(x, high), low), inverse);
}

// @ts-ignore: decorator
@inline
function lanes_sum(v: v128): f64 {
  const pair = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return <f64>(pair + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3)));
}
