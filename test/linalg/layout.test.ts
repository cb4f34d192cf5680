import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

const SIZES = [0, 1, 3, 4, 5, 17, 33];
const CANARY = 777;

describe('reverse_time', () => {
  const bench = new KernelBench(1);

  it.each(SIZES)('turns steps of %i elements round', (S) => {
    for (const T of SIZES) {
      bench.reset();
      const x = testData(1 + T, T * S);
      const out = bench.alloc(T * S + 4, CANARY);
      bench.kernels.reverse_time(out, bench.put(x), T, S);
      const got = bench.read(out, T * S + 4);
      const want = x.map((_, i) => x[(T - 1 - Math.floor(i / S)) * S + (i % S)]);
      expect(got.subarray(0, T * S)).toEqual(want);
      expect([...got.subarray(T * S)]).toEqual([CANARY, CANARY, CANARY, CANARY]);
    }
  });
});

describe('transpose_copy', () => {
  const bench = new KernelBench(1);

  it.each(SIZES)('swaps the two outer axes of blocks of %i elements', (S) => {
    for (const P of [0, 1, 3, 5]) {
      for (const Q of [0, 1, 4, 17]) {
        bench.reset();
        const x = testData(P * 20 + Q, P * Q * S);
        const out = bench.alloc(P * Q * S + 4, CANARY);
        bench.kernels.transpose_copy(out, bench.put(x), P, Q, S);
        const got = bench.read(out, P * Q * S + 4);
        const want = new Float32Array(P * Q * S);
        for (let p = 0; p < P; p++)
          for (let q = 0; q < Q; q++)
            for (let s = 0; s < S; s++) want[(q * P + p) * S + s] = x[(p * Q + q) * S + s];
        expect(got.subarray(0, P * Q * S)).toEqual(want);
        expect([...got.subarray(P * Q * S)]).toEqual([CANARY, CANARY, CANARY, CANARY]);
      }
    }
  });
});
