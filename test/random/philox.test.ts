import { describe, expect, it } from 'vitest';
import { mulHigh, philox4x32 } from '../../src/random/philox.js';
import { KernelBench } from '../harness/kernels.js';
import { testRandom } from '../harness/random.js';

/** Known answers of Random123 (kat_vectors, philox4x32 with 10 rounds): counter, key, result. */
const KNOWN: [number[], number[], number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

function twin(counter: number[], key: number[]): number[] {
  const out = new Uint32Array(4);
  philox4x32(out, 0, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  return [...out];
}

function kernel(first: number, n: number, stream: number, step: number[], key: number[]): Uint32Array {
  const bench = new KernelBench(1);
  const rng = bench.alloc(4);
  new Uint32Array(bench.memory.buffer, rng, 4).set([...key, ...step]);
  const at = bench.alloc(4 * n + 4, 7);
  bench.kernels.philox_words(at, rng, first, n, stream);
  expect([...bench.read(at + 16 * n, 4)]).toEqual([7, 7, 7, 7]);
  return new Uint32Array(bench.memory.buffer, at, 4 * n).slice();
}

describe('mulHigh', () => {
  it('is the high half of the exact product', () => {
    const next = testRandom(3);
    const words = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
    for (let i = 0; i < 50; i++) words.push(Math.floor(next() * 2 ** 32));
    for (const a of words)
      for (const b of words) expect(mulHigh(a, b) >>> 0).toBe(Number((BigInt(a) * BigInt(b)) >> 32n));
  });
});

describe('philox', () => {
  it.each(KNOWN)('counter %j key %j: the published answer, from TypeScript', (counter, key, want) => {
    expect(twin(counter, key)).toEqual(want);
  });

  it.each(KNOWN)('counter %j key %j: the published answer, from the kernel', (counter, key, want) => {
    expect([...kernel(counter[0], 1, counter[1], counter.slice(2), key)]).toEqual(want);
  });

  it.each([1, 2, 3, 4, 5, 17, 33])('kernel and TypeScript agree over %i blocks, counter wrapping', (n) => {
    const key = [0x9abcdef1, 0x12345678];
    const step = [0xfffffffe, 3];
    const first = 0xfffffff0;
    const got = kernel(first, n, 11, step, key);
    for (let b = 0; b < n; b++)
      expect([...got.subarray(4 * b, 4 * b + 4)]).toEqual(twin([(first + b) >>> 0, 11, ...step], key));
  });
});
