import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { product, productChain } from '../harness/reference/linalg.js';

/** |error| <= GEMM_BOUND · (K + 1) · 2^-24 · (|init| + sum |a||b|). Measured: 0.851. */
const GEMM_BOUND = 1;
const EPS = 2 ** -24;
const CANARY = 777;
const SIZES = [0, 1, 3, 4, 5, 7, 8, 9, 17, 33];

type Init = 'zero' | 'bias' | 'old C';

interface Case {
  M: number;
  N: number;
  K: number;
  G: number;
  init: Init;
  lda?: number;
  ldc?: number;
}

/** Runs gemm on seeded data, checks that only C was written, and gives C with what it was made from. */
function run(bench: KernelBench, { M, N, K, G, init, lda = K, ldc = N }: Case, rows?: Float32Array) {
  bench.reset();
  const a = rows ?? testData(1 + M * 64 + K, M * lda);
  const b = testData(2 + K * 64 + N, K * N);
  const bias = testData(3 + N, N);
  const old = testData(4 + M * 64 + N, M * ldc);
  const panels = G * Math.ceil(N / G / 8);
  const packed = bench.alloc(panels * K * 8);
  bench.kernels.pack_panels(packed, bench.put(b), K, N, G, N, 1);
  const image = new Float32Array(16 + M * ldc + 16).fill(CANARY);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) image[16 + m * ldc + n] = init === 'old C' ? old[m * ldc + n] : Number.NaN;
  const c = bench.put(image);
  bench.kernels.gemm(
    c + 64,
    bench.put(a),
    packed,
    init === 'bias' ? bench.put(bias) : 0,
    M,
    N,
    K,
    G,
    lda,
    ldc,
    init === 'old C' ? 1 : 0,
  );
  const after = bench.read(c, image.length);
  const got = new Float32Array(M * N);
  for (let i = 0; i < after.length; i++) {
    const at = i - 16;
    const n = ldc > 0 ? at % ldc : 0;
    if (at >= 0 && at < M * ldc && n < N) got[Math.floor(at / ldc) * N + n] = after[i];
    else if (after[i] !== CANARY) throw new Error(`gemm wrote outside C at ${at}, M ${M}, N ${N}, K ${K}`);
  }
  const start = (m: number, n: number) =>
    init === 'zero' ? 0 : init === 'bias' ? bias[n] : old[m * ldc + n];
  const A = { data: a, rows: lda, columns: 1 };
  const B = { data: b, rows: N, columns: 1 };
  return { got, A, B, start };
}

function checkCase(bench: KernelBench, test: Case) {
  const { M, N, K } = test;
  const { got, A, B, start } = run(bench, test);
  expect(got, JSON.stringify(test)).toEqual(productChain(A, B, M, N, K, start));
  const { value, scale } = product(A, B, M, N, K, start);
  for (let i = 0; i < got.length; i++) {
    const bound = GEMM_BOUND * (K + 1) * EPS * scale[i];
    if (!(Math.abs(got[i] - value[i]) <= bound))
      throw new Error(`${JSON.stringify(test)} [${i}]: ${got[i]} for ${value[i]}`);
  }
}

describe('gemm', () => {
  const bench = new KernelBench(16);

  it.each(['zero', 'bias', 'old C'] as const)('from %s: every size, bits of the scalar chain', (init) => {
    for (const M of SIZES)
      for (const N of SIZES) for (const K of SIZES) checkCase(bench, { M, N, K, G: 1, init });
  });

  it.each([3, 4])('%i groups of columns, each padded by itself', (G) => {
    for (const columns of [1, 3, 4, 5, 7, 8, 9, 17, 33])
      for (const M of [1, 2, 3, 4, 7, 17])
        for (const K of [0, 1, 5, 17])
          for (const init of ['zero', 'bias', 'old C'] as const)
            checkCase(bench, { M, N: G * columns, K, G, init });
  });

  it('rows farther apart than their width', () => {
    for (const M of [1, 2, 3, 5, 8, 17])
      for (const N of [3, 8, 17, 33])
        checkCase(bench, { M, N, K: 17, G: 1, init: 'old C', lda: 23, ldc: N + 5 });
  });

  it('more rows, columns and depth than one block', () => {
    for (const init of ['zero', 'bias', 'old C'] as const) {
      checkCase(bench, { M: 401, N: 9, K: 33, G: 1, init });
      checkCase(bench, { M: 14, N: 12, K: 1300, G: 1, init });
      checkCase(bench, { M: 7, N: 523, K: 530, G: 1, init });
      checkCase(bench, { M: 1, N: 33, K: 1300, G: 1, init });
    }
  });

  it('gives a row the same bits alone and among any number of rows', () => {
    const K = 37;
    const a = testData(9, 20 * K);
    for (const N of [5, 8, 16, 24, 32, 33, 40, 64, 100]) {
      const whole = run(bench, { M: 20, N, K, G: 1, init: 'bias' }, a).got;
      for (let M = 1; M <= 20; M++) {
        const some = run(bench, { M, N, K, G: 1, init: 'bias' }, a.subarray((20 - M) * K)).got;
        expect(some, `M ${M}, N ${N}`).toEqual(whole.subarray((20 - M) * N));
      }
    }
  });
});
