import { describe, expect, it } from 'vitest';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  type Loss,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  sparseCategoricalCrossentropy,
} from '../../../src/training/losses/index.js';

/** Checks rows of 3 outputs. */
const check = (loss: Loss, ...targets: number[]) =>
  loss.check(Float32Array.from(targets), targets.length / loss.targetColumns(3), 3);

describe('target checks', () => {
  it('let regression losses have any number', () => {
    for (const loss of [meanSquaredError(), meanAbsoluteError(), huber(), logCosh(), cosineSimilarity()]) {
      expect(check(loss, -5, 0, 1e30, 2, 3, -0.5)).toBeNull();
    }
  });

  it.each([-0.001, 1.001, 2, Number.NaN])('find a probability of %s', (value) => {
    for (const loss of [
      binaryCrossentropy(),
      binaryCrossentropy({ fromLogits: true }),
      categoricalCrossentropy(),
      klDivergence(),
    ]) {
      expect(check(loss, 0, 1, 0.5, 0.25, 0, 1)).toBeNull();
      expect(check(loss, 0, 1, 0.5, 0.25, value, 3)).toEqual({
        row: 1,
        column: 1,
        value: Math.fround(value),
        expected: 'a number in [0, 1]',
      });
    }
  });

  it('find counts below 0', () => {
    expect(check(poisson(), 0, 3, 1e6)).toBeNull();
    expect(check(poisson(), 0, 3, -1)).toEqual({
      row: 0,
      column: 2,
      value: -1,
      expected: 'a number not below 0',
    });
  });

  it('hold hinge labels to one of two pairs', () => {
    expect(check(hinge(), 1, 1, 1)).toBeNull();
    expect(check(hinge(), 1, 0, 1, 0, 0, 1)).toBeNull();
    expect(check(hinge(), 1, -1, 1, -1, -1, 1)).toBeNull();
    expect(check(hinge(), 1, 0, 1, 1, -1, 0)).toEqual({
      row: 1,
      column: 1,
      value: -1,
      expected: '0 or 1, as the labels before it',
    });
    expect(check(hinge(), 1, -1, 0)).toEqual({
      row: 0,
      column: 2,
      value: 0,
      expected: '-1 or 1, as the labels before it',
    });
    expect(check(hinge(), 1, 0.5, 0)?.expected).toBe('-1 or 1, or else 0 or 1');
  });

  it.each([-1, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('find a class id of %s', (id) => {
    const loss = sparseCategoricalCrossentropy();
    expect(check(loss, 0, 2, 1)).toBeNull();
    expect(check(loss, 0, 2, id, 7)).toEqual({
      row: 2,
      column: 0,
      value: id,
      expected: 'an integer class from 0 to 2',
    });
  });

  it('let the ignored class be outside the range', () => {
    const loss = sparseCategoricalCrossentropy({ ignoreClass: -1 });
    expect(check(loss, 0, -1, 2)).toBeNull();
    expect(check(loss, 0, 3)?.expected).toBe('an integer class from 0 to 2, or the ignored class -1');
  });

  it('look at no more rows than there are', () => {
    expect(binaryCrossentropy().check(Float32Array.of(0, 1, 9, 9), 1, 2)).toBeNull();
    expect(hinge().check(Float32Array.of(0, 1, 9, 9), 1, 2)).toBeNull();
    expect(sparseCategoricalCrossentropy().check(Float32Array.of(0, 9), 1, 2)).toBeNull();
  });
});

describe('targetColumns', () => {
  it('is 1 for class ids and the number of outputs for the rest', () => {
    expect(sparseCategoricalCrossentropy().targetColumns(7)).toBe(1);
    expect(categoricalCrossentropy().targetColumns(7)).toBe(7);
    expect(meanSquaredError().targetColumns(7)).toBe(7);
  });
});
