import { madd } from "../simd";
import { exp_rest, exp_scaled, exp_shifted } from "./exp";

/**
 * e^(−a²/2) for 0 ≤ a ≤ NORMAL_END.   a = h + l, h the upper 12 bits of a's significand, so that h² is exact:
 * −a²/2 = −h²/2 − l(a + h)/2, and the second part joins after the range reduction of the first.
 */
// @ts-ignore: decorator
@inline
export function gauss(a: v128): v128 {
  const minus_half = f32x4.splat(-0.5);
  const h = v128.and(a, i32x4.splat(0xfffff000));
  const large = f32x4.mul(f32x4.mul(h, h), minus_half);
  const small = f32x4.mul(f32x4.mul(f32x4.sub(a, h), f32x4.add(a, h)), minus_half);
  const t = exp_shifted(f32x4.add(large, small));
  return exp_scaled(t, f32x4.add(exp_rest(t, large), small));
}

/** Here the upper tail of the normal distribution has rounded to 0. */
export const NORMAL_END: f32 = 14.6;

/**
 * m(a) = Q(a) · e^(a²/2), where Q(a) = ½ erfc(a / √2) is the upper tail of the normal distribution:
 * so Q(a) = m(a) · gauss(a). Minimax rational of degree 4 over 5 on [0, NORMAL_END], to 6e-9.
 */
// @ts-ignore: decorator
@inline
export function normal_ratio(a: v128): v128 {
  let p = madd(a, f32x4.splat(0.3989468367), f32x4.splat(3.935820394));
  p = madd(p, a, f32x4.splat(17.74096715));
  p = madd(p, a, f32x4.splat(42.42089861));
  p = madd(p, a, f32x4.splat(48.37076983));
  let q = f32x4.add(a, f32x4.splat(9.866255743));
  q = madd(q, a, f32x4.splat(45.4556421));
  q = madd(q, a, f32x4.splat(116.3922657));
  q = madd(q, a, f32x4.splat(162.0304188));
  q = madd(q, a, f32x4.splat(96.74153908));
  return f32x4.div(p, q);
}
