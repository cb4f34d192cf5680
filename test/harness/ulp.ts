const words = new Int32Array(1);
const float = new Float32Array(words.buffer);

/** Place of a float on the line of all floats, so that neighbours differ by one. */
export function ordinal(value: number): number {
  float[0] = value;
  return words[0] < 0 ? -(words[0] & 0x7fffffff) : words[0];
}

/** 1 / ULP by biased exponent; subnormals have the ULP of the smallest normal floats. */
const PER_ULP = Float64Array.from({ length: 255 }, (_, exponent) => 2 ** (150 - Math.max(exponent, 1)));

/** 2^128, where floats end, for ±Infinity. */
const ended = (value: number) => (Number.isFinite(value) ? value : Math.sign(value) * 2 ** 128);

/**
 * Distance of `got` (an f32) from the exact `want` (an f64) in units of the last place of want's f32.
 * At the end of the range Infinity counts as 2^128; NaN is at distance 0 of itself only.
 */
export function ulpError(got: number, want: number): number {
  float[0] = want;
  const exponent = (words[0] >>> 23) & 255;
  if (exponent < 255 && Number.isFinite(got)) return Math.abs(got - want) * PER_ULP[exponent];
  if (Object.is(got, float[0])) return 0;
  if (Number.isNaN(got) || Number.isNaN(want)) return Number.POSITIVE_INFINITY;
  return Math.abs(ended(got) - ended(want)) / 2 ** 104;
}

/** The largest error of got_i as f(x_i), and the x it is at. */
export function largestUlpError(
  got: Float32Array,
  x: Float32Array,
  f: (x: number) => number,
): { error: number; at: number } {
  let error = 0;
  let at = 0;
  for (let i = 0; i < x.length; i++) {
    const e = ulpError(got[i], f(x[i]));
    if (!(e <= error)) {
      error = e;
      at = x[i];
    }
  }
  return { error, at };
}
