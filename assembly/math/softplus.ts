import { exp } from "./exp";
import { log1p_unit } from "./log1p";

/**
 * softplus(x) = ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|): no overflow, relative accuracy for negative x.
 * Error over all floats: 2.86 ULP (SOFTPLUS_MAX_ULP).
 */
// @ts-ignore: decorator
@inline
export function softplus(x: v128): v128 {
  const large = f32x4.pmax(x, f32x4.splat(0));
  return f32x4.add(large, log1p_unit(exp(f32x4.neg(f32x4.abs(x)))));
}
