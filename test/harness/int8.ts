import { int8PackedFloats, int8Scratch } from '../../src/wasm/scratch.js';
import type { KernelBench } from './kernels.js';
import { testData, testRandom } from './random.js';
import { type Int8Matrix, int8Product } from './reference/int8.js';

/** One case of int8_gemm. */
export interface Int8Case {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly G: number;
  readonly init: 'zero' | 'bias' | 'old C';
  readonly lda?: number;
  readonly ldc?: number;
  /** Whether the operand has centers and gains. */
  readonly adjust?: boolean;
}

export const INT8_SIZES = [0, 1, 3, 4, 5, 7, 8, 9, 17, 33];

/** Seeded weights over the whole range, ±127 included. */
export function int8Matrix(seed: number, K: number, N: number, scale = 0.004, adjust = false): Int8Matrix {
  const next = testRandom(seed);
  const q = Int8Array.from({ length: K * N }, () => Math.floor(next() * 255) - 127);
  const matrix = { q, scales: testData(seed + 1, N, 0.3 * scale, 1.2 * scale), K, N };
  if (!adjust) return matrix;
  const [center, gain] = [testData(seed + 2, K, -2, 1), testData(seed + 3, K, 0.1, 3)];
  return { ...matrix, adjust: Float32Array.of(...center, ...gain) };
}

/** Address of a matrix as int8_pack lays it out. */
export function packInt8(bench: KernelBench, { q, scales, K, N }: Int8Matrix, G: number): number {
  const packed = bench.alloc(int8PackedFloats(K, N, G));
  bench.kernels.int8_pack(packed, bench.putBytes(q), bench.put(scales), K, N, G);
  return packed;
}

const CANARY = 777;

/** What int8_gemm gives and what exact integers give; throws when more than C and scratch were written. */
export function runInt8Gemm(bench: KernelBench, test: Int8Case, rows?: Float32Array) {
  const { M, N, K, G, init, lda = K, ldc = N } = test;
  bench.reset();
  const a = rows ?? testData(1 + M * 64 + K, M * lda, -1.4, 1.1);
  const b = int8Matrix(2 + K * 64 + N, K, N, 0.004, test.adjust);
  const bias = testData(3 + N, N);
  const old = testData(4 + M * 64 + N, M * ldc);
  const packed = packInt8(bench, b, G);
  const image = new Float32Array(16 + M * ldc + 16).fill(CANARY);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) image[16 + m * ldc + n] = init === 'old C' ? old[m * ldc + n] : Number.NaN;
  const c = bench.put(image);
  const at = bench.put(a);
  const biasAt = init === 'bias' ? bench.put(bias) : 0;
  const size = int8Scratch(M, K);
  const scratch = bench.alloc(size + 16, CANARY);
  const adjust = b.adjust ? bench.put(b.adjust) : 0;
  const accumulate = init === 'old C' ? 1 : 0;
  bench.kernels.int8_gemm(c + 64, at, packed, adjust, biasAt, scratch, M, N, K, G, lda, ldc, accumulate);
  if (!bench.read(scratch + 4 * size, 16).every((v) => v === CANARY))
    throw new Error(`int8_gemm wrote behind its scratch: ${JSON.stringify(test)}`);
  const after = bench.read(c, image.length);
  const got = new Float32Array(M * N);
  after.forEach((value, i) => {
    const offset = i - 16;
    const n = ldc > 0 ? offset % ldc : 0;
    if (offset >= 0 && offset < M * ldc && n < N) got[Math.floor(offset / ldc) * N + n] = value;
    else if (value !== CANARY) throw new Error(`int8_gemm wrote outside C: ${JSON.stringify(test)}`);
  });
  const dense = (from: Float32Array, ld: number, width: number) =>
    Float32Array.from({ length: M * width }, (_, i) => from[Math.floor(i / width) * ld + (i % width)]);
  const start = init === 'bias' ? { bias } : init === 'old C' ? { old: dense(old, ldc, N) } : {};
  return { got, want: int8Product(dense(a, lda, K), M, b, start), a, b };
}
