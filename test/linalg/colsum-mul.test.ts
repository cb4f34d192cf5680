import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

const { fround } = Math;

describe('colsum_mul', () => {
  const bench = new KernelBench(4);

  it.each([0, 1, 3, 4, 5, 16, 17, 33, 70])('adds %i columns of products in the stated order', (N) => {
    for (const M of [0, 1, 3, 5, 17, 33]) {
      const [lda, ldb] = [N + 2, N + 5];
      const [a, b] = [testData(1, M * lda), testData(2, M * ldb)];
      const start = testData(3, N + 4);
      bench.reset();
      const out = bench.put(start);
      bench.kernels.colsum_mul(out, bench.put(a), bench.put(b), M, N, lda, ldb);
      const want = start.slice();
      for (let n = 0; n < N; n++) {
        for (let m = 0; m < M; m++) want[n] = fround(want[n] + fround(a[m * lda + n] * b[m * ldb + n]));
      }
      expect(bench.read(out, N + 4)).toEqual(want);
    }
  });
});
