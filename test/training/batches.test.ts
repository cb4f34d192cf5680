import { describe, expect, it } from 'vitest';
import { ValueError } from '../../src/errors.js';
import {
  findNonFinite,
  naturalOrder,
  planBatches,
  sliceSamples,
  validationSplitAt,
} from '../../src/training/batches.js';
import { testData } from '../harness/random.js';

const SIZES = [1, 3, 4, 5, 17, 33];

describe('planBatches', () => {
  it('ends with a shorter batch', () => {
    expect(planBatches(10, 4)).toEqual([
      { from: 0, count: 4 },
      { from: 4, count: 4 },
      { from: 8, count: 2 },
    ]);
    expect(planBatches(8, 4)).toEqual([
      { from: 0, count: 4 },
      { from: 4, count: 4 },
    ]);
    expect(planBatches(3, 32)).toEqual([{ from: 0, count: 3 }]);
    expect(planBatches(0, 4)).toEqual([]);
  });

  it('covers every sample once at any size', () => {
    for (const samples of SIZES) {
      for (const size of SIZES) {
        const seen = planBatches(samples, size).flatMap(({ from, count }) =>
          Array.from({ length: count }, (_, i) => from + i),
        );
        expect(seen).toEqual(Array.from(naturalOrder(samples)));
      }
    }
  });

  it.each([0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a batch size of %d', (size) => {
    expect(() => planBatches(10, size)).toThrow(
      new ValueError(`fit: batchSize must be a whole number of at least 1, got ${size}`),
    );
  });
});

describe('validationSplitAt', () => {
  it('takes the last fraction and rounds the training part down', () => {
    expect(validationSplitAt(10, 0.2)).toBe(8);
    expect(validationSplitAt(10, 0.25)).toBe(7);
    expect(validationSplitAt(144, 0.1)).toBe(129);
    expect(validationSplitAt(2, 0.5)).toBe(1);
  });

  it('refuses a split that leaves a side empty', () => {
    expect(() => validationSplitAt(4, 0.9)).toThrow(
      'fit: validationSplit 0.9 of 4 samples leaves none for training; give more samples or another fraction',
    );
    expect(() => validationSplitAt(0, 0.5)).toThrow('leaves none for training');
  });

  it.each([0, 1, -0.1, 1.5, Number.NaN])('refuses the fraction %d', (fraction) => {
    expect(() => validationSplitAt(10, fraction)).toThrow(
      `fit: validationSplit must be a finite number above 0 and below 1, got ${fraction}`,
    );
  });
});

describe('sliceSamples', () => {
  it('gives a view on whole samples', () => {
    const source = { data: testData(3, 5 * 6), shape: [5, 2, 3] };
    const part = sliceSamples(source, 1, 4);
    expect(part.shape).toEqual([3, 2, 3]);
    expect(part.data).toEqual(source.data.slice(6, 24));
    expect(part.data.buffer).toBe(source.data.buffer);
  });

  it('refuses samples that are not there', () => {
    const source = { data: new Float32Array(6), shape: [3, 2] };
    expect(() => sliceSamples(source, 1, 4)).toThrow('sliceSamples: 1 to 4 of shape [3, 2]');
    expect(() => sliceSamples(source, 2, 1)).toThrow('sliceSamples: 2 to 1 of shape [3, 2]');
  });
});

describe('findNonFinite', () => {
  it('finds nothing in finite data, the largest and smallest floats included', () => {
    const data = Float32Array.from([0, -0, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -1e-45]);
    expect(findNonFinite(data, [2, 3])).toBeNull();
    expect(findNonFinite(new Float32Array(0), [0, 3])).toBeNull();
  });

  it('names sample, step and feature of the first', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const data = testData(9, 4 * 5 * 3);
      data[2 * 15 + 3 * 3 + 1] = value;
      data[3 * 15] = Number.NaN;
      expect(findNonFinite(data, [4, 5, 3])).toEqual({ sample: 2, step: 3, feature: 1, value });
    }
  });

  it('has no step without a time axis', () => {
    const data = testData(9, 20);
    data[13] = Number.NaN;
    expect(findNonFinite(data, [4, 5])).toEqual({ sample: 2, feature: 3, value: Number.NaN });
    expect(findNonFinite(data, [20])).toEqual({ sample: 13, feature: 0, value: Number.NaN });
  });

  it('looks only at its own part of a shared buffer, first and last place included', () => {
    for (const n of SIZES) {
      const whole = testData(n, n + 2);
      whole[0] = Number.NaN;
      whole[n + 1] = Number.NaN;
      const part = whole.subarray(1, n + 1);
      expect(findNonFinite(part, [n, 1])).toBeNull();
      part[n - 1] = Number.POSITIVE_INFINITY;
      expect(findNonFinite(part, [n, 1])?.sample).toBe(n - 1);
      part[0] = Number.NaN;
      expect(findNonFinite(part, [n, 1])?.sample).toBe(0);
    }
  });
});
