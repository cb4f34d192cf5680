const words = new Int32Array(1);
const float = new Float32Array(words.buffer);

/** Place of a float on the line of all floats, so that neighbours differ by one. */
export function ordinal(value: number): number {
  float[0] = value;
  return words[0] < 0 ? -(words[0] & 0x7fffffff) : words[0];
}

/** Distance of `got` (an f32) from the exact `want` (an f64) in units of the last place of want's f32. */
export function ulpError(got: number, want: number): number {
  if (Number.isNaN(got) && Number.isNaN(want)) return 0;
  const rounded = Math.fround(want);
  if (!Number.isFinite(rounded) || !Number.isFinite(got))
    return got === rounded ? 0 : Number.POSITIVE_INFINITY;
  const magnitude = Math.max(Math.abs(rounded), 1.1754943508222875e-38);
  const exponent = Math.floor(Math.log2(magnitude));
  return Math.abs(got - want) / 2 ** (exponent - 23);
}
