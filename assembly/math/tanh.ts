import { madd, nmadd } from "../simd";

/**
 * tanh x = (e^2x − 1) / (e^2x + 1),   e^2x = 2^n (1 + σ + h) / (1 + σ − h)
 *        = (2^n − 1 + (2^n − 1) σ + (2^n + 1) h) / (2^n + 1 + (2^n + 1) σ + (2^n − 1) h)
 * n = round(2x / ln 2),   h = x − n·ln 2 / 2,   |h| ≤ ln 2 / 4,   σ = h·coth h − 1 = h²/3 − h⁴/45 + …
 * One division, and relative accuracy near 0, where n = 0. σ is minimax in h². Odd to the bit, NaN stays NaN.
 * Error over all floats: 2.61 ULP (TANH_MAX_ULP).
 */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  // pmin(a, b) is b < a ? b : a: a NaN in the first operand is kept. Beyond 10 the result is ±1 exactly.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(10)), f32x4.splat(-10));
  // Adding 1.5 · 2^23 + 127 rounds to an integer and leaves n + 127, an exponent, in the low bits.
  const t = madd(x, f32x4.splat(2.88539008), f32x4.splat(12583039));
  const n = f32x4.sub(t, f32x4.splat(12583039));
  const h = nmadd(n, f32x4.splat(7.14303410e-7), nmadd(n, f32x4.splat(0.3465728759765625), x));
  const u = f32x4.mul(h, h);
  const s = f32x4.mul(madd(u, f32x4.splat(-0.0221340854), f32x4.splat(0.3333325169)), u);
  const scale = i32x4.shl(t, 23);
  const plus = f32x4.add(scale, f32x4.splat(1));
  const minus = f32x4.sub(f32x4.splat(1), scale); // 1 − 2^n: +0 when n = 0, so that −0 stays −0
  const up = f32x4.sub(nmadd(minus, s, f32x4.mul(plus, h)), minus);
  const down = f32x4.add(nmadd(minus, h, f32x4.mul(plus, s)), plus);
  return f32x4.div(up, down);
}
