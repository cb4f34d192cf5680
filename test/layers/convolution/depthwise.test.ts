import { describe, expect, it } from 'vitest';
import {
  conv1dTranspose,
  depthwiseConv1d,
  input,
  load,
  separableConv1d,
  sequential,
  tensor,
} from '../../../src/index.js';
import { expectStreamInvariant, N, T } from '../../harness/invariance.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';
import { largestDifference, SIZES, stack } from './harness.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 9.2e-7. */
const MAX_DIFFERENCE = 2e-6;

const WINDOWS = [
  { kernelSize: 3 },
  { kernelSize: 4, padding: 'same' },
  { kernelSize: 3, padding: 'causal', dilationRate: 2, activation: 'tanh' },
  { kernelSize: 5, strides: 2, padding: 'same', useBias: false },
  { kernelSize: 2, strides: 3, activation: 'gelu' },
] as const;

describe.each(WINDOWS)('%o', (window) => {
  it.each([1, 3, 4, 5, 17, 33])('depthwise agrees with f64 on %i channels', (C) => {
    for (const depthMultiplier of [1, 3]) {
      const layer = depthwiseConv1d({ depthMultiplier, ...window });
      expect(largestDifference(stack(layer, 9, C), 2, 9)).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it.each(SIZES)('separable agrees with f64 on %i channels and %i filters', (C, filters) => {
    for (const depthMultiplier of [1, 2]) {
      const layer = separableConv1d({ filters, depthMultiplier, ...window });
      expect(largestDifference(stack(layer, 8, C), 2, 8)).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it('give the same bits in any batch, in a stream and from a file', () => {
    const causal = window.kernelSize === 3 && 'padding' in window;
    for (const make of [
      () => depthwiseConv1d({ depthMultiplier: 2, ...window }),
      () => separableConv1d({ filters: 5, depthMultiplier: 2, ...window }),
    ]) {
      const net = stack(make(), null, 5);
      const x = tensor(testData(3, 5 * 9 * 2), [5, 9, 2]);
      expectInvariant(net, x, causal);
      if (causal) expectStreamInvariant(net, testData(2, N * T * 2), [2], true);
      expect(load(net.save()).predict(x)).toEqual(net.predict(x));
    }
  });
});

describe('conv1dTranspose', () => {
  const cases = [
    { kernelSize: 3 },
    { kernelSize: 3, padding: 'same' },
    { kernelSize: 4, padding: 'same', activation: 'silu' },
    { kernelSize: 3, dilationRate: 2, useBias: false },
    { kernelSize: 3, dilationRate: 3, padding: 'same' },
    { kernelSize: 4, strides: 2, padding: 'same' },
    { kernelSize: 2, strides: 3, padding: 'same' },
    { kernelSize: 2, strides: 3 },
    { kernelSize: 5, strides: 2, outputPadding: 1 },
    { kernelSize: 5, strides: 3, outputPadding: 2, padding: 'same' },
    { kernelSize: 3, strides: 2, outputPadding: 0, padding: 'same', activation: 'tanh' },
  ] as const;

  describe.each(cases)('%o', (options) => {
    it.each(SIZES)('agrees with f64 on %i channels and %i filters', (C, filters) => {
      const net = stack(conv1dTranspose({ filters, ...options }), 5, C);
      expect(largestDifference(net, 2, 5)).toBeLessThan(MAX_DIFFERENCE);
    });

    it('gives the same bits in any batch and from a file', () => {
      const net = stack(conv1dTranspose({ filters: 5, ...options }), null, 4);
      const x = tensor(testData(3, 7 * 6 * 2), [7, 6, 2]);
      expectInvariant(net, x, false);
      expect(load(net.save()).predict(x)).toEqual(net.predict(x));
    });
  });

  it('refuses what does not fit', () => {
    expect(() => conv1dTranspose({ filters: 2, kernelSize: 3, outputPadding: 1 })).toThrow(
      'conv1dTranspose: outputPadding must be a whole number of at least 0 and below 1, got 1',
    );
    expect(() => conv1dTranspose({ filters: 2, kernelSize: 3, padding: 'causal' as 'same' })).toThrow(
      "unknown padding 'causal'",
    );
    expect(() => conv1dTranspose({ filters: 2, kernelSize: 2, strides: 2, dilationRate: 2 })).toThrow(
      'strides and dilationRate cannot both be more than 1',
    );
    const none = conv1dTranspose({
      filters: 2,
      kernelSize: 2,
      strides: 2,
      outputPadding: 0,
      padding: 'same',
    });
    expect(() => sequential([input({ shape: [1, 2] }), none])).toThrow(
      'input has shape [null, 1, 2], of which outputPadding 0 leaves no step',
    );
    expect(() => stack(conv1dTranspose({ filters: 2, kernelSize: 3 }), null, 3).stream()).toThrow(
      'conv1dTranspose cannot stream',
    );
  });
});
