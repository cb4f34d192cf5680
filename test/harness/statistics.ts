/** Mean and variance. */
export function moments(sample: ArrayLike<number>): { mean: number; variance: number } {
  let mean = 0;
  for (let i = 0; i < sample.length; i++) mean += sample[i] / sample.length;
  let variance = 0;
  for (let i = 0; i < sample.length; i++) variance += (sample[i] - mean) ** 2 / sample.length;
  return { mean, variance };
}

/** Kolmogorov-Smirnov distance of a sample from a distribution, times √n: 1.95 is passed once in 1000. */
export function kolmogorovSmirnov(sample: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  const n = sorted.length;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const p = cdf(sorted[i]);
    distance = Math.max(distance, (i + 1) / n - p, p - i / n);
  }
  return distance * Math.sqrt(n);
}

/** Distribution of a standard normal deviate, by the series of its integral; good to 1e-12 for |x| < 7. */
export function normalCdf(x: number): number {
  if (x < -7) return 0;
  if (x > 7) return 1;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-16 * Math.abs(sum) && n < 400; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Distribution of a uniform deviate in [low, high). */
export function uniformCdf(low: number, high: number): (x: number) => number {
  return (x) => Math.min(1, Math.max(0, (x - low) / (high - low)));
}
