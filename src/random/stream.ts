import { log } from '../numeric/log.js';
import { mulHigh, philox4x32 } from './philox.js';
import { INITIALIZER_DOMAIN, seedWords } from './seed.js';

/**
 * Random numbers in sequence from Philox: key = seed, counter = (block, index, 0, domain).
 * The same (seed, index, domain) gives the same numbers in every engine; different ones are independent.
 */
export class RandomStream {
  private readonly words = new Uint32Array(4);
  private next = 4;
  private block = 0;
  private readonly low: number;
  private readonly high: number;
  private spare = Number.NaN;

  /** `index` numbers the streams of one seed: of initial weights, the parameter. */
  constructor(
    readonly seed: number,
    readonly index: number,
    private readonly domain: number = INITIALIZER_DOMAIN,
  ) {
    [this.low, this.high] = seedWords(seed);
  }

  /** 32 random bits, unsigned. */
  word(): number {
    if (this.next === 4) {
      philox4x32(this.words, 0, this.block++, this.index, 0, this.domain, this.low, this.high);
      this.next = 0;
    }
    return this.words[this.next++];
  }

  /** Uniform in [0, 1), a multiple of 2^-24: exact as an f32. */
  uniform24(): number {
    return (this.word() >>> 8) / 2 ** 24;
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /**
   * Uniform among 0 … bound − 1 without bias, 1 <= bound < 2^32.
   * Source: Lemire 2019, "Fast random integer generation in an interval".
   */
  below(bound: number): number {
    let word = this.word();
    let low = Math.imul(word, bound) >>> 0;
    if (low < bound) {
      const excess = (2 ** 32 - bound) % bound;
      while (low < excess) {
        word = this.word();
        low = Math.imul(word, bound) >>> 0;
      }
    }
    return mulHigh(word, bound) >>> 0;
  }

  /** Standard normal deviate by the polar method, from 32 bits each. Source: Marsaglia & Bray 1964. */
  normal(): number {
    if (!Number.isNaN(this.spare)) {
      const kept = this.spare;
      this.spare = Number.NaN;
      return kept;
    }
    for (;;) {
      const u = this.word() / 2 ** 31 - 1;
      const v = this.word() / 2 ** 31 - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * log(s)) / s);
      this.spare = v * factor;
      return u * factor;
    }
  }
}
