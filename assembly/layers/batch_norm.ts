import { load_lanes, store_lanes } from "../optimizers/lanes";
import { madd, nmadd } from "../simd";

// Rows [R, C]: every step of every sample. Sums over rows run in f64 by rising row, a column to a lane.

/** Whether row r counts: `inner` rows follow each other in a step of the mask. */
// @ts-ignore: decorator
@inline
function counts(mask: usize, r: usize, inner: i32): bool {
  return !mask || load<f32>(mask + ((r / inner) << 2)) != 0;
}

/** Rows that count, at least 1. */
function rows_of(mask: usize, R: i32, inner: i32): i32 {
  if (!mask) return R;
  let n = 0;
  for (let r: usize = 0; r < <usize>R; r++) if (counts(mask, r, inner)) n++;
  return max(n, 1);
}

/**
 * mean_c = Σ_r x_{r,c} / R,   variance_c = Σ_r (x_{r,c} − mean_c)² / R
 * out  mean [C], variance [C]
 * in   x [R, C], row stride ld;  mask [R / inner] or 0: of the rows that it takes out R does not count any
 */
export function column_moments(
  mean: usize, variance: usize, x: usize, mask: usize, R: i32, C: i32, ld: i32, inner: i32,
): void {
  const row = <usize>ld << 2;
  const n = f64x2.splat(<f64>rows_of(mask, R, inner));
  for (let c = 0; c < C; c += 4, x += 16, mean += 16, variance += 16) {
    const count = min(C - c, 4);
    let m0 = f64x2.splat(0);
    let m1 = f64x2.splat(0);
    for (let r: usize = 0; r < <usize>R; r++) {
      if (!counts(mask, r, inner)) continue;
      const v = load_lanes(x + r * row, count);
      m0 = f64x2.add(m0, low_half(v));
      m1 = f64x2.add(m1, high_half(v));
    }
    m0 = f64x2.div(m0, n);
    m1 = f64x2.div(m1, n);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    for (let r: usize = 0; r < <usize>R; r++) {
      if (!counts(mask, r, inner)) continue;
      const v = load_lanes(x + r * row, count);
      const d0 = f64x2.sub(low_half(v), m0);
      const d1 = f64x2.sub(high_half(v), m1);
      s0 = f64x2.add(s0, f64x2.mul(d0, d0));
      s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    }
    store_lanes(mean, joined(m0, m1), count);
    store_lanes(variance, joined(f64x2.div(s0, n), f64x2.div(s1, n)), count);
  }
}

/**
 * y = gamma ⊙ (x − mean) / √(variance + epsilon) + beta
 * out  y [R, C]; may be x
 * in   x [R, C], mean [C], variance [C], gamma [C] or 0 for ones, beta [C] or 0 for zeros
 * Source: Ioffe, Szegedy 2015; docs/equations/normalization.md
 */
export function batch_norm_forward(
  y: usize, x: usize, mean: usize, variance: usize, gamma: usize, beta: usize, R: i32, C: i32, epsilon: f32,
): void {
  const row = <usize>C << 2;
  for (let c = 0; c < C; c += 4) {
    const count = min(C - c, 4);
    const i = <usize>c << 2;
    const m = load_lanes(mean + i, count);
    const s = f32x4.mul(weights_of(gamma, i, count), inverse_of(variance + i, epsilon, count));
    const b = beta ? load_lanes(beta + i, count) : f32x4.splat(0);
    for (let r: usize = 0; r < <usize>R; r++) {
      const at = r * row + i;
      store_lanes(y + at, madd(f32x4.sub(load_lanes(x + at, count), m), s, b), count);
    }
  }
}

/**
 * With x̂ = (x − mean) / √(variance + epsilon):
 *   dbeta += Σ_r dy,   dgamma += Σ_r dy ⊙ x̂
 *   dx = gamma / √(variance + epsilon) ⊙ (dy − Σ_r dy / R − x̂ ⊙ Σ_r (dy ⊙ x̂) / R) where `through` is 1:
 *   and variance are those of x;   dx = gamma / √(variance + epsilon) ⊙ dy where it is 0
 * out  dx [R, C] or 0, dgamma [C] or 0, dbeta [C] or 0
 * in   dy [R, C], x [R, C], mean [C], variance [C], gamma [C] or 0 for ones
 *      mask [R / inner] or 0: rows that it takes out are no part of mean and variance, nor of R
 * Rows of dx, dy and x are ld apart. dx may be dy.
 */
export function batch_norm_backward(
  dx: usize, dgamma: usize, dbeta: usize, dy: usize, x: usize, mean: usize, variance: usize, gamma: usize,
  mask: usize, R: i32, C: i32, ld: i32, inner: i32, through: i32, epsilon: f32,
): void {
  const row = <usize>ld << 2;
  const n = f64x2.splat(<f64>rows_of(mask, R, inner));
  for (let c = 0; c < C; c += 4) {
    const count = min(C - c, 4);
    const i = <usize>c << 2;
    const m = load_lanes(mean + i, count);
    const inverse = inverse_of(variance + i, epsilon, count);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let p0 = f64x2.splat(0);
    let p1 = f64x2.splat(0);
    for (let r: usize = 0; r < <usize>R; r++) {
      const d = load_lanes(dy + r * row + i, count);
      const e = f32x4.mul(d, f32x4.mul(f32x4.sub(load_lanes(x + r * row + i, count), m), inverse));
      s0 = f64x2.add(s0, low_half(d));
      s1 = f64x2.add(s1, high_half(d));
      p0 = f64x2.add(p0, low_half(e));
      p1 = f64x2.add(p1, high_half(e));
    }
    if (dgamma) store_lanes(dgamma + i, f32x4.add(load_lanes(dgamma + i, count), joined(p0, p1)), count);
    if (dbeta) store_lanes(dbeta + i, f32x4.add(load_lanes(dbeta + i, count), joined(s0, s1)), count);
    if (!dx) continue;
    const zero = f32x4.splat(0);
    const first = through ? joined(f64x2.div(s0, n), f64x2.div(s1, n)) : zero;
    const second = through ? joined(f64x2.div(p0, n), f64x2.div(p1, n)) : zero;
    const s = f32x4.mul(weights_of(gamma, i, count), inverse);
    for (let r: usize = 0; r < <usize>R; r++) {
      const at = r * row + i;
      const hat = f32x4.mul(f32x4.sub(load_lanes(x + at, count), m), inverse);
      let d = load_lanes(dy + at, count);
      if (counts(mask, r, inner)) d = nmadd(hat, second, f32x4.sub(d, first));
      store_lanes(dx + at, f32x4.mul(s, d), count);
    }
  }
}

// @ts-ignore: decorator
@inline
function weights_of(gamma: usize, i: usize, count: i32): v128 {
  return gamma ? load_lanes(gamma + i, count) : f32x4.splat(1);
}

// @ts-ignore: decorator
@inline
function inverse_of(variance: usize, epsilon: f32, count: i32): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(load_lanes(variance, count), f32x4.splat(epsilon))));
}

// @ts-ignore: decorator
@inline
function low_half(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

// @ts-ignore: decorator
@inline
function high_half(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function joined(low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(low);
  const b = f32x4.demote_f64x2_zero(high);
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}
