import { madd } from "../simd";

/**
 * ln x = k·ln 2 + ln(1 + f),   x = 2^k (1 + f),   √½ ≤ 1 + f < √2
 * ln(1 + f) = f − f²/2 + s·(f²/2 + R),   s = f / (2 + f)
 * R = 2·atanh(s)/s − 2 = ⅔s² + ⅖s⁴ + …, minimax in s²
 * ln 0 = −Infinity, ln Infinity = Infinity, NaN for x < 0 and for NaN; subnormals are scaled by 2^25 first.
 * Error over all floats: 0.84 ULP (LOG_MAX_ULP).
 */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const small = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(33554432)), x, small);
  // The exponent of normal / √½, so that k changes at √½ and not at 1.
  const e = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(normal, i32x4.shl(e, 23)), f32x4.splat(1));
  const k = f32x4.sub(f32x4.convert_i32x4_s(e), v128.and(small, f32x4.splat(25)));
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const u = f32x4.mul(s, s);
  let rest = madd(u, f32x4.splat(0.29869205), f32x4.splat(0.39977652));
  rest = f32x4.mul(madd(rest, u, f32x4.splat(0.66666776)), u);
  const square = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5));
  const low = madd(s, f32x4.add(square, rest), f32x4.mul(k, f32x4.splat(1.42860682e-6)));
  const y = madd(k, f32x4.splat(0.693145751953125), f32x4.sub(f, f32x4.sub(square, low)));
  // The square root has the right answer for Infinity, negatives and NaN.
  const ordinary = v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.lt(x, f32x4.splat(Infinity)));
  const zero = f32x4.eq(x, f32x4.splat(0));
  const edge = v128.bitselect(f32x4.splat(-Infinity), f32x4.sqrt(x), zero);
  return v128.bitselect(y, edge, ordinary);
}
