import { describe, expect, it } from 'vitest';
import { bitsOf } from '../harness/bits.js';
import { INT8_SIZES, type Int8Case, int8Matrix, packInt8, runInt8Gemm } from '../harness/int8.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { quantizeRow } from '../harness/reference/int8.js';

describe('int8_gemm', () => {
  const bench = new KernelBench(16);
  const check = (test: Int8Case, rows?: Float32Array) => {
    const { got, want } = runInt8Gemm(bench, test, rows);
    expect(bitsOf(got), JSON.stringify(test)).toEqual(bitsOf(want));
  };

  it.each(INT8_SIZES)('M = %i: the bits of exact integers, for every size and start', (M) => {
    for (const N of INT8_SIZES)
      for (const K of INT8_SIZES)
        for (const init of ['zero', 'bias', 'old C'] as const) check({ M, N, K, G: 1, init });
  });

  it('operands that are centered and scaled', () => {
    for (const M of [1, 3, 4, 5, 17, 33, 70])
      for (const K of INT8_SIZES) check({ M, N: 9, K, G: 1, init: 'bias', adjust: true, lda: K + 3 });
  });

  it.each([3, 4])('%i groups of columns', (G) => {
    for (const M of [1, 2, 5])
      for (const columns of [1, 4, 8, 9, 16, 17, 25, 33])
        for (const init of ['zero', 'bias', 'old C'] as const) check({ M, N: G * columns, K: 19, G, init });
  });

  it('rows that are wider than the product', () => {
    for (const M of [1, 3, 6, 33]) check({ M, N: 13, K: 11, G: 1, init: 'old C', lda: 17, ldc: 20 });
  });

  it('more rows than are quantised at once', () => {
    for (const M of [63, 64, 65, 130]) check({ M, N: 9, K: 21, G: 1, init: 'bias' });
  });

  it('sums that reach past 2^24, at the largest values there are', () => {
    const K = 4099;
    for (const M of [1, 2, 3, 4]) {
      const rows = testData(5, M * K).map((v, i) => (i % 7 === 0 ? v : 1));
      check({ M, N: 17, K, G: 1, init: 'zero' }, rows);
    }
  });

  it('a row has the same bits alone and among others, whatever they are', () => {
    const [M, N, K] = [7, 21, 37];
    const all = testData(9, M * K, -2, 3).map((v, i) => v * 10 ** (Math.floor(i / K) - 3));
    const { got } = runInt8Gemm(bench, { M, N, K, G: 1, init: 'bias' }, all);
    for (let m = 0; m < M; m++) {
      const alone = runInt8Gemm(bench, { M: 1, N, K, G: 1, init: 'bias' }, all.slice(m * K, (m + 1) * K));
      expect(bitsOf(alone.got)).toEqual(bitsOf(got.slice(m * N, (m + 1) * N)));
    }
  });

  it.each([
    ['zeros', () => new Float32Array(24)],
    ['negative zeros', () => new Float32Array(24).fill(-0)],
    ['positive numbers', () => testData(1, 24, 0.5, 9)],
    ['negative numbers', () => testData(2, 24, -9, -0.5)],
    ['one number', () => new Float32Array(24).fill(3.7)],
    ['subnormal numbers', () => testData(3, 24).map((v) => v * 1e-41)],
    ['the largest numbers', () => testData(4, 24, -0.4, 0.4).map((v) => v * 3e38)],
    ['numbers half way between steps', () => Float32Array.from({ length: 24 }, (_, i) => (i - 8) / 2)],
    ['one outlier', () => testData(5, 24).map((v, i) => (i === 13 ? -1e9 : v))],
  ])('a row of %s', (_, row) => {
    for (const M of [1, 4]) {
      const rows = new Float32Array(24 * M);
      for (let m = 0; m < M; m++) rows.set(row(), 24 * m);
      check({ M, N: 19, K: 24, G: 1, init: 'bias' }, rows);
    }
  });

  it.each([Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s in a row makes that row no number, and no other',
    (bad) => {
      for (const place of [0, 3, 8, 16]) {
        const rows = testData(6, 5 * 17).map((v, i) => (i === 2 * 17 + place ? bad : v));
        const { got, want } = runInt8Gemm(bench, { M: 5, N: 11, K: 17, G: 1, init: 'bias' }, rows);
        got.forEach((value, i) => {
          if (Math.floor(i / 11) === 2) expect(Number.isFinite(value)).toBe(false);
          else expect(value).toBe(want[i]);
        });
      }
    },
  );
});

describe('quantised rows', () => {
  it('hold zero exactly and the rest within half a step', () => {
    for (const [low, high] of [
      [-1, 1],
      [0, 5],
      [-3, 0.1],
      [2, 2.5],
    ]) {
      const a = testData(7, 99, low, high).map((v, i) => (i === 40 ? 0 : v));
      const { scale, zero, q } = quantizeRow(a);
      expect(scale * (q[40] - zero)).toBe(0);
      q.forEach((value, k) => {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(127);
        // A value at the upper end may be cut by half a step beside its rounding.
        expect(Math.abs(scale * (value - zero) - a[k])).toBeLessThanOrEqual(1.001 * scale);
      });
    }
  });
});

describe('int8_pack', () => {
  const bench = new KernelBench(4);

  it.each([1, 3, 4])('%i groups: sums of columns and scales in front of every panel', (G) => {
    for (const K of [1, 3, 4, 5, 8, 17])
      for (const columns of [1, 3, 8, 9, 17]) {
        bench.reset();
        const N = G * columns;
        const b = int8Matrix(K + columns, K, N);
        const packed = packInt8(bench, b, G);
        const panelFloats = 16 + 16 * Math.ceil(K / 8);
        const panels = Math.ceil(columns / 8);
        for (let g = 0; g < G; g++)
          for (let j = 0; j < panels * 8; j++) {
            const at = packed + 4 * panelFloats * (g * panels + (j >> 3)) + 4 * (j & 7);
            const n = g * columns + j;
            const inside = j < columns;
            let sum = 0;
            for (let k = 0; k < K && inside; k++) sum += b.q[k * N + n];
            expect(new Int32Array(bench.memory.buffer, at, 1)[0]).toBe(sum);
            expect(bench.read(at + 32, 1)[0]).toBe(inside ? b.scales[n] : 0);
          }
      }
  });
});
