/** A matrix read through strides: element (i, j) is data[offset + i·rows + j·columns]. */
export interface Strided {
  readonly data: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly offset?: number;
}

function at(m: Strided, i: number, j: number): number {
  return m.data[(m.offset ?? 0) + i * m.rows + j * m.columns];
}

/** init + A B in f64, with sum |a||b| + |init| beside it, the scale of the rounding error. Row-major [M, N]. */
export function product(
  a: Strided,
  b: Strided,
  M: number,
  N: number,
  K: number,
  init: (m: number, n: number) => number = () => 0,
): { value: Float64Array; scale: Float64Array } {
  const value = new Float64Array(M * N);
  const scale = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      const start = init(m, n);
      let sum = start;
      let size = Math.abs(start);
      for (let k = 0; k < K; k++) {
        const term = at(a, m, k) * at(b, k, n);
        sum += term;
        size += Math.abs(term);
      }
      value[m * N + n] = sum;
      scale[m * N + n] = size;
    }
  }
  return { value, scale };
}

/** init + A B as one f32 chain per element by rising k, each product and each sum rounded: the portable bits. */
export function productChain(
  a: Strided,
  b: Strided,
  M: number,
  N: number,
  K: number,
  init: (m: number, n: number) => number = () => 0,
): Float32Array {
  const out = new Float32Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = init(m, n);
      for (let k = 0; k < K; k++) sum = Math.fround(Math.fround(at(a, m, k) * at(b, k, n)) + sum);
      out[m * N + n] = sum;
    }
  }
  return out;
}
