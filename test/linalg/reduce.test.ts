import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

/** |error| <= SUM_BOUND · 2^-24 · sum |terms|, for any n. Measured: 2.08, at n = 32. Guaranteed by the order: 23. */
const SUM_BOUND = 3;
const EPS = 2 ** -24;
const SIZES = [0, 1, 3, 4, 5, 17, 31, 32, 33, 511, 512, 513, 1029, 100_003, 1_000_001];
const { fround } = Math;

/** The stated order: blocks of 512, 32 chains, a balanced tree over vectors, then lanes, blocks in f64. */
function ordered(n: number, step: (chain: number, i: number) => number): number {
  let total = 0;
  for (let block = 0; block < n; block += 512) {
    const chains = new Float32Array(32);
    for (let i = block; i < Math.min(n, block + 512); i++) chains[i % 32] = step(chains[i % 32], i);
    for (let half = 16; half >= 4; half /= 2)
      for (let v = 0; v < half; v += 4)
        for (let lane = 0; lane < 4; lane++)
          chains[v + lane] = fround(chains[2 * v + lane] + chains[2 * v + 4 + lane]);
    total += fround(fround(chains[0] + chains[1]) + fround(chains[2] + chains[3]));
  }
  return fround(total);
}

describe('reductions', () => {
  const bench = new KernelBench(16);
  const kernels = {
    sum: { call: 'sum', term: (a: number) => a },
    sum_squares: { call: 'sum_squares', term: (a: number) => a * a },
    dot: { call: 'dot', term: (a: number, b: number) => a * b },
  } as const;

  for (const [name, { call, term }] of Object.entries(kernels)) {
    it.each(SIZES)(`${name} of %i: bits of the stated order, near the f64 sum`, (n) => {
      bench.reset();
      const [x, y] = [testData(n + 1, n, -0.5, 1), testData(n + 2, n, -1, 0.6)];
      const [out, a, b] = [bench.alloc(5, 7), bench.put(x), bench.put(y)];
      if (call === 'dot') bench.kernels.dot(out, a, b, n);
      else bench.kernels[call](out, a, n);
      const got = bench.read(out, 5);
      expect([...got.subarray(1)]).toEqual([7, 7, 7, 7]);
      expect(got[0]).toBe(ordered(n, (chain, i) => fround(chain + fround(term(x[i], y[i])))));
      let [value, size] = [0, 0];
      for (let i = 0; i < n; i++) {
        value += term(x[i], y[i]);
        size += Math.abs(term(x[i], y[i]));
      }
      expect(Math.abs(got[0] - value)).toBeLessThanOrEqual(SUM_BOUND * EPS * size);
    });
  }

  it.each([0, 1, 3, 5, 33, 600])('sum_rows over rows of %i gives the bits of sum', (n) => {
    for (const R of [0, 1, 4, 17]) {
      bench.reset();
      const a = bench.put(testData(n, R * n));
      const out = bench.alloc(R + 1, 7);
      const one = bench.alloc(1);
      bench.kernels.sum_rows(out, a, R, n);
      const got = bench.read(out, R + 1);
      for (let r = 0; r < R; r++) {
        bench.kernels.sum(one, a + 4 * r * n, n);
        expect(got[r]).toBe(bench.read(one, 1)[0]);
      }
      expect(got[R]).toBe(7);
    }
  });
});

describe('colsum', () => {
  const bench = new KernelBench(1);

  it.each([0, 1, 3, 4, 5, 17, 33])('adds the rows of %i columns by rising row', (N) => {
    for (const M of [0, 1, 3, 4, 5, 17, 33]) {
      for (const lda of [N, N + 3]) {
        bench.reset();
        const [a, old] = [testData(M, M * lda), testData(N, N + 4)];
        const out = bench.put(old);
        bench.kernels.colsum(out, bench.put(a), M, N, lda);
        const want = old.slice();
        for (let m = 0; m < M; m++) for (let n = 0; n < N; n++) want[n] += a[m * lda + n];
        expect(bench.read(out, N + 4)).toEqual(want);
      }
    }
  });
});
