/**
 * out = scale · Σ_r weights_r · losses_r
 * out  out [1]
 * in   losses [R], weights [R] or 0 (ones)
 * Terms are f64 (each product is exact) and are added in f64: row r to sum r mod 2 by rising r, then
 * sum 0 + sum 1. One rounding to f32 at the end.
 */
export function weighted_sum(out: usize, losses: usize, weights: usize, R: i32, scale: f32): void {
  let even = 0.0;
  let odd = 0.0;
  const end = losses + (<usize>(R & ~1) << 2);
  let w = weights;
  let l = losses;
  if (weights) {
    for (; l < end; l += 8, w += 8) {
      even += <f64>load<f32>(l) * <f64>load<f32>(w);
      odd += <f64>load<f32>(l, 4) * <f64>load<f32>(w, 4);
    }
    if (R & 1) even += <f64>load<f32>(l) * <f64>load<f32>(w);
  } else {
    for (; l < end; l += 8) {
      even += <f64>load<f32>(l);
      odd += <f64>load<f32>(l, 4);
    }
    if (R & 1) even += <f64>load<f32>(l);
  }
  store<f32>(out, <f32>(<f64>scale * (even + odd)));
}
