import { describe, expect, it } from 'vitest';
import { classWeightToSampleWeight } from '../../src/training/class-weight.js';

const floats = (...values: number[]) => Float32Array.from(values);

describe('classWeightToSampleWeight', () => {
  it('reads labels from one column and gives 1 to classes that are left out', () => {
    const weights = classWeightToSampleWeight(floats(0, 2, 1, 2, 3), 5, 1, { 0: 0.5, 2: 4, 3: 0 });
    expect(weights).toEqual(floats(0.5, 4, 1, 4, 0));
  });

  it('rounds labels half to even', () => {
    const weights = classWeightToSampleWeight(floats(0.5, 1.5, 2.5, 1.2, 0.9), 5, 1, { 0: 10, 1: 11, 2: 12 });
    expect(weights).toEqual(floats(10, 12, 12, 11, 11));
  });

  it('reads labels from several columns by the largest, the first of equals', () => {
    const target = floats(0, 0, 1, 1, 0, 0, 0.3, 0.3, 0.1);
    expect(classWeightToSampleWeight(target, 3, 3, { 0: 2, 1: 3, 2: 5 })).toEqual(floats(5, 2, 2));
  });

  it('multiplies sample weights, one a row or one a sample of several steps', () => {
    const target = floats(0, 1, 1, 0, 1, 1);
    expect(classWeightToSampleWeight(target, 6, 1, { 1: 3 }, floats(1, 2, 3, 4, 5, 6))).toEqual(
      floats(1, 6, 9, 4, 15, 18),
    );
    expect(classWeightToSampleWeight(target, 6, 1, { 1: 3 }, floats(10, 100))).toEqual(
      floats(10, 30, 30, 100, 300, 300),
    );
    expect(() => classWeightToSampleWeight(target, 6, 1, {}, floats(1, 2, 3, 4))).toThrow(
      'fit: sampleWeight has 4 values, expected one for each of 6 targets or one a sample',
    );
  });

  it('names keys and weights that cannot be', () => {
    const target = floats(1, 0, 0, 1);
    const weigh = (classWeight: Record<string, number>, columns: number) => () =>
      classWeightToSampleWeight(target, 4 / columns, columns, classWeight);
    expect(weigh({ 2: 1 }, 2)).toThrow("fit: classWeight has key '2', expected a class index, 0 to 1");
    expect(weigh({ cat: 1 }, 1)).toThrow("classWeight has key 'cat', expected a class index, a whole number");
    expect(weigh({ 1.5: 1 }, 1)).toThrow("classWeight has key '1.5'");
    expect(weigh({ 1: -1 }, 1)).toThrow('fit: classWeight[1] must be finite and not negative; got -1');
    expect(weigh({ 0: Number.NaN }, 1)).toThrow('classWeight[0] must be finite and not negative; got NaN');
  });
});
