import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

const CANARY = 777;

/** The layout by its definition: [G][ceil(N/G/8)][K][8], zero padded. */
function packedByDefinition(b: Float32Array, K: number, N: number, G: number, ldk: number, ldn: number) {
  const columns = N / G;
  const panels = Math.ceil(columns / 8);
  const out = new Float32Array(G * panels * K * 8);
  for (let g = 0; g < G; g++)
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < K; k++)
        out[((g * panels + (j >> 3)) * K + k) * 8 + (j & 7)] = b[k * ldk + (g * columns + j) * ldn];
  return out;
}

describe('pack_panels', () => {
  const bench = new KernelBench(4);
  const layouts = {
    'row-major': (_: number, N: number) => [N, 1],
    'row-major, wider rows': (_: number, N: number) => [N + 3, 1],
    transpose: (K: number) => [1, K],
    'transpose, wider rows': (K: number) => [1, K + 5],
    'any stride': (K: number, N: number) => [3, 3 * K + N],
  } as const;

  for (const [name, strides] of Object.entries(layouts)) {
    it.each([1, 3, 4])(`${name}, %i groups: every size, padding zero, nothing beyond`, (G) => {
      for (const K of [0, 1, 3, 4, 5, 17, 33, 70]) {
        for (const columns of [1, 3, 4, 5, 7, 8, 9, 12, 13, 17, 33]) {
          bench.reset();
          const N = G * columns;
          const [ldk, ldn] = strides(K, N);
          const b = testData(K * 100 + columns, K * ldk + N * ldn);
          const want = packedByDefinition(b, K, N, G, ldk, ldn);
          const to = bench.alloc(want.length + 8, CANARY);
          bench.kernels.pack_panels(to, bench.put(b), K, N, G, ldk, ldn);
          const got = bench.read(to, want.length + 8);
          expect(got.subarray(want.length), `K ${K}, columns ${columns}`).toEqual(
            new Float32Array(8).fill(CANARY),
          );
          expect(got.subarray(0, want.length), `K ${K}, columns ${columns}`).toEqual(want);
        }
      }
    });
  }
});
