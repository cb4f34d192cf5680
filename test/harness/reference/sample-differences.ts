/**
 * Gradient of each sample's loss by central differences: values [rows, B, width], where sample b's loss depends
 * on its own values only, so that one perturbation serves all samples.
 *
 * @param losses the losses [B] at the present values
 */
export function sampleDifferences(
  values: Float64Array,
  B: number,
  width: number,
  losses: () => Float64Array,
  step = 1e-5,
): Float64Array {
  const gradient = new Float64Array(values.length);
  const rows = values.length / (B * width);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < width; i++) {
      const places = Array.from({ length: B }, (_, b) => (r * B + b) * width + i);
      const shift = (by: number): void => {
        for (const place of places) values[place] += by;
      };
      const kept = places.map((place) => values[place]);
      shift(step);
      const above = losses();
      shift(-2 * step);
      const below = losses();
      places.forEach((place, b) => {
        values[place] = kept[b];
        gradient[place] = (above[b] - below[b]) / (2 * step);
      });
    }
  }
  return gradient;
}

/** Per sample b: Σ_t Σ_j dy[t, b, j] · h[t+1, b, j] + Σ_j dhT[b, j] · h[T, b, j]. */
export function sampleLosses(
  h: ArrayLike<number>,
  dy: ArrayLike<number>,
  dhT: ArrayLike<number>,
  T: number,
  B: number,
  H: number,
): Float64Array {
  const losses = new Float64Array(B);
  for (let b = 0; b < B; b++) {
    for (let j = 0; j < H; j++) {
      for (let t = 0; t < T; t++) losses[b] += dy[(t * B + b) * H + j] * h[((t + 1) * B + b) * H + j];
      losses[b] += dhT[b * H + j] * h[(T * B + b) * H + j];
    }
  }
  return losses;
}
