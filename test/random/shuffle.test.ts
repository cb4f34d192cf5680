import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { permutation } from '../../src/random/shuffle.js';

describe('permutation', () => {
  it.each([0, 1, 3, 4, 5, 17, 33, 1000])('holds every index below %i once', (n) => {
    const order = permutation(n, 7, 2);
    expect(order).toBeInstanceOf(Uint32Array);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it('depends on seed and epoch alone', () => {
    const base = [...permutation(50, 7, 2)];
    expect([...permutation(50, 7, 2)]).toEqual(base);
    expect([...permutation(50, 8, 2)]).not.toEqual(base);
    expect([...permutation(50, 7, 3)]).not.toEqual(base);
  });

  it('gives each of the 24 orders of four equally often', () => {
    const trials = 24_000;
    const count = new Map<string, number>();
    for (let epoch = 0; epoch < trials; epoch++) {
      const key = permutation(4, 1, epoch).join();
      count.set(key, (count.get(key) ?? 0) + 1);
    }
    expect(count.size).toBe(24);
    let chiSquare = 0;
    for (const c of count.values()) chiSquare += (c - trials / 24) ** 2 / (trials / 24);
    // 23 degrees of freedom: 49.7 is passed once in 1000.
    expect(chiSquare).toBeLessThan(49.7);
  });

  it('has the same bits in every engine', () => {
    expect(sha256Hex(permutation(10_000, 42, 3))).toBe(
      'c0ec7bd4ebd5ec1a1836fe04ab901e5ed4d35f82a7fa292cb770391252b70156',
    );
  });
});
