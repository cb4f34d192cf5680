/**
 * A loss over a sequence with a mask is the mean over the rows that count, as in Keras:
 *   L = Σ_r m_r · w_r · l_r / Σ_r m_r
 * mask [S] has one number for each step of each sample, and `inner` rows follow each other in a step; a
 * weight below 0 marks a row that does not count either (a class that the loss ignores). Without any row that
 * counts L is 0. Rows that count are taken in the order in which they would stand alone, so that a padded
 * sequence gives the bits of the bare one.
 */

/** Whether row r counts. */
// @ts-ignore: decorator
@inline
function counts(mask: usize, weights: usize, r: i32, inner: i32): bool {
  if (load<f32>(mask + (<usize>(r / inner) << 2)) == 0) return false;
  return weights == 0 || !(load<f32>(weights + (<usize>r << 2)) < 0);
}

/**
 * out  own [R]: m_r · w_r
 *      factors [R]: m_r · w_r · (scale / Σ m), to weigh gradients with
 *      inverse [1]: 1 / Σ m, or 0
 * in   weights [R] or 0 for ones;  mask [S];  R = S · inner
 */
export function mask_weights(
  own: usize, factors: usize, inverse: usize, weights: usize, mask: usize, S: i32, inner: i32, scale: f32,
): void {
  const R = S * inner;
  let total = 0;
  for (let r = 0; r < R; r++) if (counts(mask, weights, r, inner)) total++;
  const factor: f32 = total > 0 ? <f32>(<f64>scale / <f64>total) : 0;
  store<f32>(inverse, total > 0 ? <f32>(1.0 / <f64>total) : 0);
  for (let r = 0; r < R; r++) {
    const at = <usize>r << 2;
    let w: f32 = 0;
    if (counts(mask, weights, r, inner)) w = weights ? load<f32>(weights + at) : 1;
    store<f32>(own + at, w);
    store<f32>(factors + at, factor * w);
  }
}

/**
 * out = inverse · Σ m_r · w_r · l_r, rounded as weighted_sum does it for the rows that count alone
 * out  out [1]
 * in   losses [R], weights [R] or 0, mask [S], inverse [1]
 */
export function masked_mean(
  out: usize, losses: usize, weights: usize, mask: usize, inverse: usize, S: i32, inner: i32,
): void {
  const R = S * inner;
  let even = 0.0;
  let odd = 0.0;
  let k = 0;
  for (let r = 0; r < R; r++) {
    if (!counts(mask, weights, r, inner)) continue;
    const at = <usize>r << 2;
    let term = <f64>load<f32>(losses + at);
    if (weights) term *= <f64>load<f32>(weights + at);
    if (k & 1) odd += term;
    else even += term;
    k++;
  }
  store<f32>(out, <f32>(<f64>load<f32>(inverse) * (even + odd)));
}
