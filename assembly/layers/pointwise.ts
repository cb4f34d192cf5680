import { erf } from "../math/erf";
import { exp } from "../math/exp";
import { expm1 } from "../math/expm1";
import { log } from "../math/log";
import { tanh } from "../math/tanh";
import { load_lanes, store_lanes } from "../optimizers/lanes";
import { madd } from "../simd";

// The numbers of src/layers/arithmetic/functions.ts.
const AFFINE: i32 = 0;
const CLIP: i32 = 1;
const ABS: i32 = 2;
const SQRT: i32 = 3;
const RECIPROCAL: i32 = 4;
const POWER: i32 = 5;
const LOG: i32 = 6;
const ERF: i32 = 7;
const LEAKY_RELU: i32 = 8;
const ELU: i32 = 9;
const THRESHOLDED_RELU: i32 = 10;
const HARD_SIGMOID: i32 = 11;
const GELU_TANH: i32 = 12;
const SIGN: i32 = 13;
const FLOOR: i32 = 14;
const CEIL: i32 = 15;
const ROUND: i32 = 16;

/** √(2/π), and the factor of x³ in it. */
const GELU_LINEAR: f32 = 0.797884561;
const GELU_CUBIC: f32 = 0.035677408;
/** 2/√π */
const ERF_SLOPE: f32 = 1.12837917;
/** Powers up to this are products. */
const LARGEST_PRODUCT: f32 = 8;

/**
 * y_j = f(x_j) for the function with this code, whose numbers are alpha and beta
 * out  y [n]; may be x
 * in   x [n]
 */
export function pointwise_forward(y: usize, x: usize, n: i32, code: i32, alpha: f32, beta: f32): void {
  for (let j = 0; j < n; j += 4, y += 16, x += 16) {
    const count = min(n - j, 4);
    store_lanes(y, value(code, load_lanes(x, count), alpha, beta), count);
  }
}

/**
 * dx_j = dy_j · f'(x_j)
 * out  dx [n]; may be dy
 * in   dy [n], x [n], y [n] = f(x)
 */
export function pointwise_backward(
  dx: usize, dy: usize, x: usize, y: usize, n: i32, code: i32, alpha: f32, beta: f32,
): void {
  for (let j = 0; j < n; j += 4, dx += 16, dy += 16, x += 16, y += 16) {
    const count = min(n - j, 4);
    const s = slope(code, load_lanes(x, count), load_lanes(y, count), alpha, beta);
    store_lanes(dx, f32x4.mul(load_lanes(dy, count), s), count);
  }
}

function value(code: i32, x: v128, alpha: f32, beta: f32): v128 {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  switch (code) {
    case AFFINE: return madd(a, x, b);
    case CLIP: return f32x4.pmin(f32x4.pmax(x, a), b);
    case ABS: return f32x4.abs(x);
    case SQRT: return f32x4.sqrt(x);
    case RECIPROCAL: return f32x4.div(one, x);
    case POWER: return power(x, alpha);
    case LOG: return log(x);
    case ERF: return erf(x);
    case LEAKY_RELU: return v128.bitselect(f32x4.mul(a, x), x, f32x4.lt(x, zero));
    case ELU: return v128.bitselect(f32x4.mul(a, expm1(x)), x, f32x4.lt(x, zero));
    case THRESHOLDED_RELU: return v128.and(x, f32x4.gt(x, a));
    case HARD_SIGMOID: return f32x4.pmax(f32x4.pmin(madd(a, x, b), one), zero);
    case GELU_TANH: return f32x4.mul(f32x4.mul(f32x4.splat(0.5), x), f32x4.add(one, tanh(gelu_inner(x))));
    case SIGN: return v128.or(v128.and(one, f32x4.gt(x, zero)), v128.and(f32x4.splat(-1), f32x4.lt(x, zero)));
    case FLOOR: return f32x4.floor(x);
    case CEIL: return f32x4.ceil(x);
    case ROUND: return f32x4.nearest(x);
    default: return x;
  }
}

function slope(code: i32, x: v128, y: v128, alpha: f32, beta: f32): v128 {
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const negative = f32x4.lt(x, zero);
  switch (code) {
    case AFFINE: return a;
    case CLIP: return v128.and(one, v128.and(f32x4.ge(x, a), f32x4.le(x, b)));
    case ABS: return value(SIGN, x, 0, 0);
    case SQRT: return f32x4.div(f32x4.splat(0.5), y);
    case RECIPROCAL: return f32x4.neg(f32x4.mul(y, y));
    case POWER: return f32x4.mul(a, power(x, alpha - 1));
    case LOG: return f32x4.div(one, x);
    case ERF: return f32x4.mul(f32x4.splat(ERF_SLOPE), exp(f32x4.neg(f32x4.mul(x, x))));
    case LEAKY_RELU: return v128.bitselect(a, one, negative);
    case ELU: return v128.bitselect(f32x4.add(y, a), one, negative);
    case THRESHOLDED_RELU: return v128.and(one, f32x4.gt(x, a));
    case HARD_SIGMOID: return v128.and(a, v128.and(f32x4.gt(y, zero), f32x4.lt(y, one)));
    case GELU_TANH: {
      const t = tanh(gelu_inner(x));
      const inner = madd(f32x4.splat(3 * GELU_CUBIC), f32x4.mul(x, x), f32x4.splat(GELU_LINEAR));
      const rise = f32x4.mul(f32x4.mul(x, inner), f32x4.sub(one, f32x4.mul(t, t)));
      return f32x4.mul(f32x4.splat(0.5), f32x4.add(f32x4.add(one, t), rise));
    }
    default: return zero;
  }
}

function gelu_inner(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.splat(GELU_CUBIC), f32x4.mul(x, x), f32x4.splat(GELU_LINEAR)));
}

/** x^p: a product for small whole p, else e^(p·ln x), which is NaN for x < 0. */
function power(x: v128, p: f32): v128 {
  const size = abs(p);
  if (size > LARGEST_PRODUCT || floor(size) != size) return exp(f32x4.mul(f32x4.splat(p), log(x)));
  let y = f32x4.splat(1);
  for (let i: f32 = 0; i < size; i++) y = f32x4.mul(y, x);
  return p < 0 ? f32x4.div(f32x4.splat(1), y) : y;
}
