import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Build, loadDot, loadRelaxed } from '../../src/wasm/load.js';
import { bitsOf } from '../harness/bits.js';
import { INT8_SIZES, runInt8Gemm } from '../harness/int8.js';
import {
  type Int8CellCase,
  int8CellData,
  int8Reference,
  int8Sequence,
  int8Steps,
} from '../harness/int8-cells.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

// Node 20 has relaxed SIMD behind this flag, later versions without one.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const RELAXED: Build[] = ['relaxed', 'dot'];
const CELLS: Int8CellCase['cell'][] = ['lstm', 'gru', 'rnn'];

describe.each(RELAXED)('8-bit kernels of the %s build', (build) => {
  let bench: KernelBench;

  beforeAll(async () => {
    expect(await loadRelaxed()).toBeUndefined();
    expect(await loadDot()).toBeUndefined();
    bench = new KernelBench(16, build);
  });

  it('leave nothing to the engine at the largest values there are', () => {
    for (const M of [1, 2, 3, 4]) {
      const rows = testData(M, M * 4099).map((v, i) => (i % 5 === 0 ? v : 1));
      const { got, want } = runInt8Gemm(bench, { M, N: 17, K: 4099, G: 1, init: 'zero' }, rows);
      expect(bitsOf(got)).toEqual(bitsOf(want));
    }
  });

  it('products have the bits of exact integers, for every size and start', () => {
    for (const M of INT8_SIZES)
      for (const N of INT8_SIZES)
        for (const K of [1, 3, 4, 5, 8, 17, 33])
          for (const init of ['zero', 'bias', 'old C'] as const) {
            const { got, want } = runInt8Gemm(bench, { M, N, K, G: 1, init });
            expect(bitsOf(got)).toEqual(bitsOf(want));
          }
  });
});

describe('8-bit cells of the dot build', () => {
  let bench: KernelBench;
  const portable = new KernelBench(8);

  beforeAll(async () => {
    expect(await loadDot()).toBeUndefined();
    bench = new KernelBench(8, 'dot');
  });

  it.each(CELLS)('%s: a sequence and its steps have the bits of the portable build', (cell) => {
    for (const H of [1, 3, 4, 5, 17, 33])
      for (const B of [1, 3, 5]) {
        const test = { cell, T: 7, B, I: 5, H };
        const data = int8CellData(test);
        const want = int8Reference(portable, test, data);
        expect(bitsOf(int8Sequence(bench, test, data).h)).toEqual(bitsOf(want.h));
        expect(bitsOf(int8Steps(bench, test, data).h)).toEqual(bitsOf(want.h));
      }
  });
});
