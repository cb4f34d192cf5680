import { madd, nmadd } from "../simd";

/**
 * tanh x = (e^2x − 1) / (e^2x + 1),   e^2x = 2^n (S + h) / (S − h),   S = h·coth h,   h = x − n·ln 2 / 2
 *        = ((2^n − 1) S + (2^n + 1) h) / ((2^n + 1) S + (2^n − 1) h): one division, relative accuracy at 0
 * S is 1 + h²/3 − h⁴/45 + …, minimax in h², |h| ≤ ln 2 / 4. NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  // pmin(a, b) is b < a ? b : a: a NaN in the first operand is kept.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(10)), f32x4.splat(-10));
  const t = madd(x, f32x4.splat(2.88539008), f32x4.splat(12583039));
  const n = f32x4.sub(t, f32x4.splat(12583039));
  const h = nmadd(n, f32x4.splat(-1.06097220e-4), nmadd(n, f32x4.splat(0.3466796875), x));
  const u = f32x4.mul(h, h);
  const s = madd(madd(u, f32x4.splat(-0.02212788918), f32x4.splat(0.333332354092)), u, f32x4.splat(1));
  const scale = i32x4.shl(t, 23);
  const minus = f32x4.sub(scale, f32x4.splat(1));
  const plus = f32x4.add(scale, f32x4.splat(1));
  return f32x4.div(madd(plus, h, f32x4.mul(minus, s)), madd(minus, h, f32x4.mul(plus, s)));
}
