import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { philox4x32 } from '../../src/random/philox.js';
import { INITIALIZER_DOMAIN, SHUFFLE_DOMAIN, seedWords } from '../../src/random/seed.js';
import { RandomStream } from '../../src/random/stream.js';
import { kolmogorovSmirnov, moments, normalCdf, uniformCdf } from '../harness/statistics.js';

const draw = (n: number, next: () => number) => Float64Array.from({ length: n }, next);

/** Kolmogorov-Smirnov distance · √n; the greatest measured below is 1.08. */
const KS_MAX = 1.5;

describe('seedWords', () => {
  it('splits a seed into two words', () => {
    expect(seedWords(0)).toEqual([0, 0]);
    expect(seedWords(5 * 2 ** 32 + 7)).toEqual([7, 5]);
    expect(seedWords(Number.MAX_SAFE_INTEGER)).toEqual([0xffffffff, 0x1fffff]);
    expect(seedWords(-1)).toEqual([0xffffffff, 0xffffffff]);
    expect(seedWords(-(2 ** 32))).toEqual([0, 0xffffffff]);
  });

  it.each([0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses %f', (seed) => {
    expect(() => seedWords(seed)).toThrow(`seed: expected a whole number of at most 53 bits, got ${seed}`);
  });
});

describe('RandomStream', () => {
  it('reads the blocks of Philox in order', () => {
    const seed = 0x1234_5678_9abc;
    const stream = new RandomStream(seed, 9);
    const want = new Uint32Array(4);
    for (let block = 0; block < 5; block++) {
      philox4x32(want, 0, block, 9, 0, INITIALIZER_DOMAIN, 0x5678_9abc, 0x1234);
      for (const word of want) expect(stream.word()).toBe(word);
    }
  });

  it('gives uniform numbers of 53 and of 24 bits', () => {
    const stream = new RandomStream(1, 0);
    const wide = draw(20_000, () => stream.uniform());
    const narrow = draw(20_000, () => stream.uniform24());
    expect(kolmogorovSmirnov(wide, uniformCdf(0, 1))).toBeLessThan(KS_MAX);
    expect(kolmogorovSmirnov(narrow, uniformCdf(0, 1))).toBeLessThan(KS_MAX);
    expect(narrow.every((u) => Number.isInteger(u * 2 ** 24) && u < 1)).toBe(true);
    expect(wide.every((u) => Number.isInteger(u * 2 ** 53) && u < 1)).toBe(true);
    expect(wide.some((u) => !Number.isInteger(u * 2 ** 52))).toBe(true);
  });

  it('gives normal numbers', () => {
    const stream = new RandomStream(2, 3);
    const sample = draw(50_000, () => stream.normal());
    expect(kolmogorovSmirnov(sample, normalCdf)).toBeLessThan(KS_MAX);
    const { mean, variance } = moments(sample);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(50_000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 50_000));
    let lag = 0;
    for (let i = 1; i < sample.length; i++) lag += sample[i] * sample[i - 1];
    expect(Math.abs(lag)).toBeLessThan(4 * Math.sqrt(50_000));
  });

  it.each([1, 2, 3, 7, 1000, 3 * 2 ** 30, 2 ** 32 - 1])('below(%i) is uniform and without bias', (bound) => {
    const stream = new RandomStream(3, 1);
    const n = 30_000;
    const sample = draw(n, () => stream.below(bound));
    expect(sample.every((x) => Number.isInteger(x) && x >= 0 && x < bound)).toBe(true);
    const buckets = Math.min(bound, 7);
    const count = new Float64Array(buckets);
    for (const x of sample) count[bound <= 7 ? x : x % 7]++;
    for (const c of count) expect(Math.abs(c - n / buckets)).toBeLessThanOrEqual(4 * Math.sqrt(n / buckets));
    // Without the rejection, multiples of 3 would come twice as often below 3 · 2^30.
    if (bound === 3 * 2 ** 30)
      expect(Math.abs(sample.filter((x) => x % 3 === 0).length - n / 3)).toBeLessThan(4 * Math.sqrt(n / 3));
  });

  it('differs by seed, index and domain', () => {
    const first = [
      new RandomStream(1, 0),
      new RandomStream(2, 0),
      new RandomStream(1 + 2 ** 32, 0),
      new RandomStream(1, 1),
      new RandomStream(1, 0, SHUFFLE_DOMAIN),
    ].map((s) => s.word());
    expect(new Set(first).size).toBe(5);
  });

  it('has the same bits in every engine', () => {
    const stream = new RandomStream(42, 5);
    const sample = draw(3000, () => stream.normal() + stream.uniform() + stream.below(1000));
    expect(sha256Hex(sample)).toBe('e25e75ef9b400dcb565daac29b10ecf41ae962e127888021599e44d9cc9f5ebb');
  });
});
