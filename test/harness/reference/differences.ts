/**
 * Largest difference between an analytic gradient and central differences of a scalar function, relative to
 * max(1, |gradient|). `values` is perturbed in place and restored.
 */
export function differenceError(
  loss: () => number,
  values: Float64Array,
  gradient: ArrayLike<number>,
  step = 1e-5,
): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    values[i] = value + step;
    const above = loss();
    values[i] = value - step;
    const below = loss();
    values[i] = value;
    const error = Math.abs((above - below) / (2 * step) - gradient[i]) / Math.max(1, Math.abs(gradient[i]));
    if (!(error <= most)) most = error;
  }
  return most;
}

/** sum_i weights[i] · values[i + from] */
export function weighted(values: ArrayLike<number>, weights: ArrayLike<number>, from = 0): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * values[from + i];
  return sum;
}
