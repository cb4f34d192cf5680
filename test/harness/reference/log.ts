const BITS = 160n;
const ONE = 1n << BITS;

/** 2 artanh(p / q) · 2^BITS. */
function twiceArtanh(p: bigint, q: bigint): bigint {
  const s = (p * ONE) / q;
  const square = (s * s) / ONE;
  let power = s;
  let sum = 0n;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / ONE;
  }
  return 2n * sum;
}

let ln2: bigint | undefined;

/** Error of `got` as ln x, in units of the last place of the exact value; exact rational arithmetic. */
export function logUlpError(got: number, x: number): number {
  ln2 ??= twiceArtanh(1n, 3n);
  let exponent = 0;
  while (x < 1) {
    x *= 2;
    exponent--;
  }
  while (x >= 2) {
    x /= 2;
    exponent++;
  }
  const m = BigInt(x * 2 ** 52);
  const unit = 1n << 52n;
  const exact = twiceArtanh(m - unit, m + unit) + BigInt(exponent) * ln2;
  if (exact === 0n) return got === 0 ? 0 : Number.POSITIVE_INFINITY;
  // got · 2^BITS, exactly: got is m · 2^e with m of at most 53 bits
  let scaled = got;
  let shift = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  const error = (BigInt(scaled) << BITS) / (1n << shift) - exact;
  const magnitude = exact < 0n ? -exact : exact;
  const ulpBits = magnitude.toString(2).length - 53;
  return Math.abs(Number(error)) / 2 ** ulpBits;
}
