/** Weights in 8 bits: w[k, n] = scales[n] · q[k, n]. */
export interface Int8Matrix {
  readonly q: Int8Array;
  readonly scales: Float32Array;
  readonly K: number;
  readonly N: number;
  /** Centers and gains of the operand [2, K]; without, it is taken as it is. */
  readonly adjust?: Float32Array;
}

/** A row in seven bits: a[k] ≈ scale · (q[k] − zero). */
export interface QuantizedRow {
  readonly scale: number;
  readonly zero: number;
  readonly q: Int32Array;
}

const f = Math.fround;
const ROUND = 12582912;

/** The nearest integer, ties to even, of an f32 below 2^22. */
const nearest = (x: number): number => f(x + ROUND) - ROUND;

/** A row as the kernels quantise it, every operation rounded to f32 as theirs. */
export function quantizeRow(a: ArrayLike<number>): QuantizedRow {
  const values = Array.from(a);
  const lo = Math.min(0, ...values);
  const hi = Math.max(0, ...values);
  const span = f(hi - lo);
  const flat = span < 2 ** -100;
  const step = flat ? 0 : f(127 / span);
  const zero = nearest(-f(lo * step));
  const q = Int32Array.from(values, (x) => Math.min(127, f(f(x * step) + ROUND + zero) - ROUND));
  return { scale: flat ? 0 : f(span / 127), zero, q };
}

/** init[n] + f32(Σ w·(q − zero)) · (row scale · column scale), the sum in exact integers. */
export function int8Row(a: ArrayLike<number>, b: Int8Matrix, init?: ArrayLike<number>): Float32Array {
  const { adjust, K } = b;
  const operand = adjust ? Array.from(a, (v, k) => f(f(v - adjust[k]) * adjust[K + k])) : a;
  const { scale, zero, q } = quantizeRow(operand);
  return Float32Array.from({ length: b.N }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < b.K; k++) sum += b.q[k * b.N + n] * (q[k] - zero);
    return f((init?.[n] ?? 0) + f(f(sum) * f(scale * b.scales[n])));
  });
}

/** {@link int8Row} for each of M rows; init is a bias [N], an old C [M, N], or nothing. */
export function int8Product(
  a: Float32Array,
  M: number,
  b: Int8Matrix,
  init?: { readonly bias?: Float32Array; readonly old?: Float32Array },
): Float32Array {
  const out = new Float32Array(M * b.N);
  for (let m = 0; m < M; m++) {
    const row = a.subarray(m * b.K, (m + 1) * b.K);
    out.set(int8Row(row, b, init?.bias ?? init?.old?.subarray(m * b.N, (m + 1) * b.N)), m * b.N);
  }
  return out;
}
