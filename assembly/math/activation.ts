import { madd, nmadd } from "../simd";
import { exp } from "./exp";
import { expm1 } from "./expm1";
import { gelu } from "./gelu";
import { sigmoid } from "./sigmoid";
import { silu } from "./silu";
import { softplus } from "./softplus";
import { tanh } from "./tanh";

// The numbers of src/layers/activations.ts.
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const LEAKY_RELU: i32 = 2;
export const ELU: i32 = 3;
export const SELU: i32 = 4;
export const GELU: i32 = 5;
export const TANH: i32 = 6;
export const SIGMOID: i32 = 7;
export const HARD_SIGMOID: i32 = 8;
export const SOFTPLUS: i32 = 9;
export const SOFTSIGN: i32 = 10;
export const SILU: i32 = 11;
export const EXPONENTIAL: i32 = 12;
export const HARD_SIGMOID_02: i32 = 15; // 13 and 14 run over rows

/** Slope of leakyRelu below 0 (Keras 3). */
export const LEAKY_SLOPE: f32 = 0.2;
/** Klambauer et al. 2017: λ and λ·α. */
export const SELU_SCALE: f32 = 1.05070099;
export const SELU_SCALE_ALPHA: f32 = 1.75809934;

/** y = f(x) for the activation with this code. Cells use it on every block of units. */
// @ts-ignore: decorator
@inline
export function activate(code: i32, x: v128): v128 {
  if (code == TANH) return tanh(x);
  if (code == SIGMOID) return sigmoid(x);
  return activate_other(code, x);
}

/** f'(x) as a function of y = f(x); every code but GELU and SILU, whose y does not determine it. */
// @ts-ignore: decorator
@inline
export function activate_slope(code: i32, y: v128): v128 {
  const one = f32x4.splat(1);
  if (code == TANH) return nmadd(y, y, one);
  if (code == SIGMOID) return f32x4.mul(y, f32x4.sub(one, y));
  return slope_other(code, y);
}

function activate_other(code: i32, x: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const negative = f32x4.lt(x, zero);
  switch (code) {
    case RELU: return f32x4.pmax(x, zero);
    case LEAKY_RELU: return f32x4.pmax(x, f32x4.mul(x, f32x4.splat(LEAKY_SLOPE)));
    case ELU: return v128.bitselect(expm1(x), x, negative);
    case SELU: return f32x4.mul(
      v128.bitselect(f32x4.splat(SELU_SCALE_ALPHA), f32x4.splat(SELU_SCALE), negative),
      v128.bitselect(expm1(x), x, negative),
    );
    case GELU: return gelu(x);
    case HARD_SIGMOID: return f32x4.pmax(
      f32x4.pmin(madd(x, f32x4.splat(1.0 / 6.0), f32x4.splat(0.5)), one), zero);
    case HARD_SIGMOID_02: return f32x4.pmax(
      f32x4.pmin(madd(x, f32x4.splat(0.2), f32x4.splat(0.5)), one), zero);
    case SOFTPLUS: return softplus(x);
    case SOFTSIGN: {
      const size = f32x4.pmin(f32x4.abs(x), f32x4.splat(f32.MAX_VALUE)); // ±Infinity gives ±1
      const y = f32x4.div(size, f32x4.add(one, size));
      return v128.bitselect(x, y, i32x4.splat(0x80000000));
    }
    case SILU: return silu(x);
    case EXPONENTIAL: return exp(x);
    default: return x;
  }
}

function slope_other(code: i32, y: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const positive = f32x4.gt(y, zero);
  switch (code) {
    case RELU: return v128.and(one, positive);
    case LEAKY_RELU: return v128.bitselect(one, f32x4.splat(LEAKY_SLOPE), positive);
    case ELU: return v128.bitselect(one, f32x4.add(y, one), positive);
    case SELU: return v128.bitselect(
      f32x4.splat(SELU_SCALE), f32x4.add(y, f32x4.splat(SELU_SCALE_ALPHA)), positive);
    case HARD_SIGMOID: return v128.and(f32x4.splat(1.0 / 6.0), v128.and(positive, f32x4.lt(y, one)));
    case HARD_SIGMOID_02: return v128.and(f32x4.splat(0.2), v128.and(positive, f32x4.lt(y, one)));
    case SOFTPLUS: return f32x4.neg(expm1(f32x4.neg(y)));
    case SOFTSIGN: {
      const rest = f32x4.sub(one, f32x4.abs(y));
      return f32x4.mul(rest, rest);
    }
    case EXPONENTIAL: return y;
    default: return one;
  }
}
