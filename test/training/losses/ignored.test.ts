import { describe, expect, it } from 'vitest';
import {
  meanSquaredError,
  sparseCategoricalCrossentropy,
  weightIgnoredRows,
} from '../../../src/training/losses/index.js';

describe('weightIgnoredRows', () => {
  const targets = Float32Array.of(2, 9, 1, 9, 0);

  it('makes a mean over all rows one over the rows that count', () => {
    const weights = Float32Array.of(1, 1, 0.5, 2, 2);
    weightIgnoredRows(sparseCategoricalCrossentropy({ ignoreClass: 9 }), targets, weights);
    const grown = Math.fround(5 / 3);
    expect(weights).toEqual(Float32Array.of(grown, 0, 0.5 * grown, 0, 2 * grown));
  });

  it('gives no weight at all when every row is ignored', () => {
    const weights = Float32Array.of(1, 2);
    weightIgnoredRows(sparseCategoricalCrossentropy({ ignoreClass: 9 }), Float32Array.of(9, 9), weights);
    expect(weights).toEqual(Float32Array.of(0, 0));
  });

  it('leaves the weights of other losses alone', () => {
    for (const loss of [sparseCategoricalCrossentropy(), meanSquaredError()]) {
      const weights = Float32Array.of(1, 2, 3, 4, 5);
      weightIgnoredRows(loss, targets, weights);
      expect(weights).toEqual(Float32Array.of(1, 2, 3, 4, 5));
    }
  });
});
