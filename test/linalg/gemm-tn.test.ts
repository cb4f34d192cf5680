import { describe, expect, it } from 'vitest';
import { gemmTnScratch } from '../../src/wasm/scratch.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { product, productChain } from '../harness/reference/linalg.js';

/** |error| <= TN_BOUND · (K + 1) · 2^-24 · (|C| + sum |a||b|). Measured: 0.785. */
const TN_BOUND = 1;
const EPS = 2 ** -24;
const CANARY = 777;
const SIZES = [0, 1, 3, 4, 5, 7, 8, 9, 17, 33];

interface Case {
  M: number;
  N: number;
  K: number;
  lda?: number;
  ldb?: number;
  ldc?: number;
}

function check(bench: KernelBench, test: Case) {
  const { M, N, K, lda = M, ldb = N, ldc = N } = test;
  bench.reset();
  const a = testData(1 + M + K * 64, K * lda);
  const b = testData(2 + N + K * 64, K * ldb);
  const old = testData(3 + M * 64 + N, M * N);
  const image = new Float32Array(16 + M * ldc + 16).fill(CANARY);
  for (let m = 0; m < M; m++) image.set(old.subarray(m * N, m * N + N), 16 + m * ldc);
  const size = gemmTnScratch(M, N);
  const scratch = bench.alloc(size + 8, CANARY);
  const c = bench.put(image);
  bench.kernels.gemm_tn(c + 64, bench.put(a), bench.put(b), scratch, M, N, K, lda, ldb, ldc);

  const A = { data: a, rows: 1, columns: lda };
  const B = { data: b, rows: ldb, columns: 1 };
  const start = (m: number, n: number) => old[m * N + n];
  const chain = productChain(A, B, M, N, K, start);
  const want = image.slice();
  for (let m = 0; m < M; m++) want.set(chain.subarray(m * N, m * N + N), 16 + m * ldc);
  expect(bench.read(c, image.length), JSON.stringify(test)).toEqual(want);
  expect([...bench.read(scratch + 4 * size, 8)], 'beyond the scratch').toEqual(new Array(8).fill(CANARY));

  const { value, scale } = product(A, B, M, N, K, start);
  for (let i = 0; i < chain.length; i++)
    if (!(Math.abs(chain[i] - value[i]) <= TN_BOUND * (K + 1) * EPS * scale[i]))
      throw new Error(`${JSON.stringify(test)} [${i}]: ${chain[i]} for ${value[i]}`);
}

describe('gemm_tn', () => {
  const bench = new KernelBench(16);

  it('every size: bits of the scalar chain onto C, nothing outside C or scratch', () => {
    for (const M of SIZES) for (const N of SIZES) for (const K of SIZES) check(bench, { M, N, K });
  });

  it('rows farther apart than their width', () => {
    for (const M of [1, 2, 5, 8, 17])
      for (const N of [3, 8, 17]) check(bench, { M, N, K: 33, lda: M + 3, ldb: N + 1, ldc: N + 5 });
  });

  it('more depth than one block, more rows than one block', () => {
    for (const K of [255, 256, 257, 519, 1026]) check(bench, { M: 7, N: 12, K });
    check(bench, { M: 301, N: 9, K: 270 });
    check(bench, { M: 1, N: 33, K: 600 });
    check(bench, { M: 2, N: 33, K: 600 });
  });
});
