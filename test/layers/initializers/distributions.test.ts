import { describe, expect, it } from 'vitest';
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
} from '../../../src/layers/initializers/index.js';
import { sha256Hex } from '../../../src/numeric/sha256.js';
import { RandomStream } from '../../../src/random/stream.js';
import { kolmogorovSmirnov, moments, normalCdf, uniformCdf } from '../../harness/statistics.js';

type Cdf = (x: number) => number;

const normal =
  (mean: number, stddev: number): Cdf =>
  (x) =>
    normalCdf((x - mean) / stddev);

/** Truncated at two standard deviations of the distribution before it is cut. */
const truncated = (mean: number, stddev: number): Cdf => {
  const cut = normalCdf(-2);
  return (x) => Math.min(1, Math.max(0, (normalCdf((x - mean) / stddev) - cut) / (1 - 2 * cut)));
};

const TRUNCATED_VARIANCE = 0.8796256610342398 ** 2;

/** A kernel [k, in, out] of 9000 elements: fanIn 100, fanOut 450, mean of both 275. */
const SHAPE = [5, 20, 90];

/** Half the spacing of floats just above 1, the greatest value here. */
const ROUNDING = 2 ** -24;

interface Case {
  name: string;
  make: Initializer;
  mean: number;
  variance: number;
  cdf: Cdf;
  /** Greatest distance from the mean, rounding to f32 included. */
  reach: number;
  bits: string;
}

const scaledUniform = (variance: number) => ({
  mean: 0,
  variance,
  cdf: uniformCdf(-Math.sqrt(3 * variance), Math.sqrt(3 * variance)),
  reach: Math.sqrt(3 * variance) + ROUNDING,
});
const scaledTruncated = (variance: number) => ({
  mean: 0,
  variance,
  cdf: truncated(0, Math.sqrt(variance / TRUNCATED_VARIANCE)),
  reach: 2 * Math.sqrt(variance / TRUNCATED_VARIANCE) + ROUNDING,
});

const CASES: Case[] = [
  {
    name: 'randomNormal',
    make: randomNormal({ mean: 0.3, stddev: 0.2 }),
    mean: 0.3,
    variance: 0.04,
    cdf: normal(0.3, 0.2),
    reach: Number.POSITIVE_INFINITY,
    bits: '95b288604d509add',
  },
  {
    name: 'randomUniform',
    make: randomUniform({ minval: -0.2, maxval: 0.7 }),
    mean: 0.25,
    variance: 0.81 / 12,
    cdf: uniformCdf(-0.2, 0.7),
    reach: 0.45 + ROUNDING,
    bits: '28c23dadef98b1ec',
  },
  {
    name: 'truncatedNormal',
    make: truncatedNormal({ mean: -0.1, stddev: 0.5 }),
    mean: -0.1,
    variance: 0.25 * TRUNCATED_VARIANCE,
    cdf: truncated(-0.1, 0.5),
    reach: 1 + ROUNDING,
    bits: '3c26fd5460d5b1f1',
  },
  {
    name: 'varianceScaling fanOut untruncatedNormal',
    make: varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'untruncatedNormal' }),
    mean: 0,
    variance: 3 / 450,
    cdf: normal(0, Math.sqrt(3 / 450)),
    reach: Number.POSITIVE_INFINITY,
    bits: 'a308c221ae5dd4df',
  },
  { name: 'varianceScaling', make: varianceScaling(), ...scaledTruncated(1 / 100), bits: 'cf0a1696a0db192e' },
  { name: 'glorotNormal', make: glorotNormal(), ...scaledTruncated(1 / 275), bits: '67a3b490307d8658' },
  { name: 'glorotUniform', make: glorotUniform(), ...scaledUniform(1 / 275), bits: 'f7a78b9638162674' },
  { name: 'heNormal', make: heNormal(), ...scaledTruncated(2 / 100), bits: 'd4642edda7c4fe0a' },
  { name: 'heUniform', make: heUniform(), ...scaledUniform(2 / 100), bits: '320a05f973405cb7' },
  { name: 'lecunNormal', make: lecunNormal(), ...scaledTruncated(1 / 100), bits: 'b13fed60a0d9072c' },
  { name: 'lecunUniform', make: lecunUniform(), ...scaledUniform(1 / 100), bits: 'a9d44306ebb6fb26' },
];

/** Kolmogorov-Smirnov distance · √n; the greatest measured below is 1.26. */
const KS_MAX = 1.5;

describe.each(CASES)('$name', ({ make, mean, variance, cdf, reach, bits }) => {
  // A stream of its own for each, so that the checks are not one check of the same numbers.
  const index = CASES.findIndex((c) => c.make === make);
  const sample = make.fill(SHAPE, new RandomStream(42, index));
  const n = 9000;

  it('has the distribution it says', () => {
    expect(sample.length).toBe(n);
    const got = moments(sample);
    expect(Math.abs(got.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / n));
    // The variance of a squared deviate is at most twice the square of the variance here.
    expect(Math.abs(got.variance - variance)).toBeLessThan(4 * variance * Math.sqrt(2 / n));
    expect(kolmogorovSmirnov(sample, cdf)).toBeLessThan(KS_MAX);
    for (const x of [Math.min(...sample), Math.max(...sample)])
      expect(Math.abs(x - mean)).toBeLessThanOrEqual(reach);
  });

  it('has the same bits in every engine', () => {
    expect(sha256Hex(sample).slice(0, 16)).toBe(bits);
  });

  it('is keyed by the stream, or by a seed of its own', () => {
    const again = make.fill(SHAPE, new RandomStream(42, index));
    expect(sha256Hex(again)).toBe(sha256Hex(sample));
    expect(sha256Hex(make.fill(SHAPE, new RandomStream(42, index + 1)))).not.toBe(sha256Hex(sample));
    expect(sha256Hex(make.fill(SHAPE, new RandomStream(43, index)))).not.toBe(sha256Hex(sample));
  });
});
