const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/**
 * erf x in f64.   2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5⋯(2n+1)): all terms of one sign, nothing cancels.
 * Source: Abramowitz & Stegun 7.1.6
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 2.5) return Math.sign(x) * (1 - erfc(size));
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
}

/**
 * 1 − erf x in f64, with relative accuracy for large x.
 * √π e^(x²) erfc x = 1/(x+) ½/(x+) 1/(x+) (3/2)/(x+) 2/(x+) …, evaluated from its end.
 * Source: Abramowitz & Stegun 7.1.14
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 1) return 1 - erf(x);
  if (x > 30) return 0;
  const terms = Math.ceil(20 + 400 / (x * x));
  let tail = x;
  for (let k = terms; k > 0; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
