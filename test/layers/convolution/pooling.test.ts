import { describe, expect, it } from 'vitest';
import {
  averagePooling1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  type Layer,
  load,
  maxPooling1d,
  tensor,
} from '../../../src/index.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';
import { largestDifference, stack } from './harness.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 5.0e-7. */
const MAX_DIFFERENCE = 2e-6;

const CASES: [string, () => Layer][] = [
  ['max', () => maxPooling1d()],
  ['max of 3', () => maxPooling1d({ poolSize: 3, padding: 'same' })],
  ['max, overlapping', () => maxPooling1d({ poolSize: 4, strides: 2, padding: 'same' })],
  ['max, at every step', () => maxPooling1d({ poolSize: [3], strides: [1] })],
  ['max, with gaps', () => maxPooling1d({ poolSize: 2, strides: 3 })],
  ['average', () => averagePooling1d()],
  ['average of 3', () => averagePooling1d({ poolSize: 3, padding: 'same' })],
  ['average, overlapping', () => averagePooling1d({ poolSize: 4, strides: 3, padding: 'same' })],
  ['average, at every step', () => averagePooling1d({ poolSize: 5, strides: 1 })],
  ['global max', () => globalMaxPooling1d()],
  ['global max, with a step left', () => globalMaxPooling1d({ keepdims: true })],
  ['global average', () => globalAveragePooling1d()],
  ['global average, with a step left', () => globalAveragePooling1d({ keepdims: true })],
];

describe.each(CASES)('%s', (_name, make) => {
  it.each([1, 3, 4, 5, 17, 33])('agrees with f64 on %i channels', (C) => {
    expect(largestDifference(stack(make(), 11, C), 3, 11)).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch and from a file, and does not stream', () => {
    const net = stack(make(), null, 5);
    const x = tensor(testData(3, 7 * 9 * 2), [7, 9, 2]);
    expectInvariant(net, x, false);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
    expect(() => net.stream()).toThrow(/ool\w*1d cannot stream: it/);
  });
});

describe('bad input', () => {
  it('is refused by name', () => {
    expect(() => maxPooling1d({ poolSize: 0 })).toThrow('maxPooling1d: poolSize must be a whole number');
    expect(() => averagePooling1d({ padding: 'causal' as 'same' })).toThrow("unknown padding 'causal'");
    expect(() => averagePooling1d({ pool: 2 } as never)).toThrow("unknown option 'pool'");
    expect(() => globalMaxPooling1d({ keepdims: 1 as never })).toThrow('keepdims must be true or false');
    expect(() => stack(maxPooling1d({ poolSize: 5 }), 4, 3)).toThrow('expected at least 5 steps');
  });
});
