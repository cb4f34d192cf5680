import { describe, expect, it } from 'vitest';
import {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  rootMeanSquaredError,
} from '../../../src/training/metrics/index.js';
import { column, measure, metricBatch, sliceBatch } from '../../harness/metrics.js';
import { testData } from '../../harness/random.js';

const target = [
  [0, 1],
  [0, 0],
];
const prediction = [
  [1, 1],
  [0, 0],
];

describe('regression metrics', () => {
  it('agree with a worked example', () => {
    expect(measure(meanSquaredError(), target, prediction)).toBe(0.25);
    expect(measure(rootMeanSquaredError(), target, prediction)).toBe(0.5);
    expect(measure(meanAbsoluteError(), target, prediction)).toBe(0.25);
    expect(measure(meanAbsolutePercentageError(), target, prediction)).toBeCloseTo(2.5e8, 5);
  });

  it('weigh rows', () => {
    expect(measure(meanSquaredError(), target, prediction, [1, 0])).toBe(0.5);
    expect(measure(rootMeanSquaredError(), target, prediction, [1, 0])).toBe(Math.sqrt(0.5));
    expect(measure(meanAbsoluteError(), target, prediction, [3, 1])).toBe(0.375);
    expect(measure(meanAbsolutePercentageError(), target, prediction, [1, 0])).toBeCloseTo(5e8, 5);
  });

  it('tell errors of different size apart', () => {
    const y = column([1, -2, 4]);
    const p = column([3, -5, 4.5]);
    expect(measure(meanSquaredError(), y, p)).toBe((4 + 9 + 0.25) / 3);
    expect(measure(rootMeanSquaredError(), y, p)).toBe(Math.sqrt((4 + 9 + 0.25) / 3));
    expect(measure(meanAbsoluteError(), y, p)).toBe((2 + 3 + 0.5) / 3);
    expect(measure(meanAbsolutePercentageError(), y, p)).toBe((200 + 150 + 12.5) / 3);
  });

  it('take the root over all batches, not per batch', () => {
    const metric = rootMeanSquaredError();
    metric.update(metricBatch(column([0]), column([3])));
    metric.update(metricBatch(column([0, 0]), column([4, 5])));
    expect(metric.result()).toBe(Math.sqrt((9 + 16 + 25) / 3));
    metric.reset();
    expect(metric.result()).toBe(0);
  });

  it.each([1, 3, 4, 5, 17, 33])('give the same however rows fall into batches (%i rows)', (rows) => {
    const whole = {
      target: testData(rows, rows * 3),
      prediction: testData(rows + 1, rows * 3),
      rows,
      outputs: 3,
      targetColumns: 3,
      weights: testData(rows + 2, rows, 0, 2),
    };
    for (const make of [
      meanSquaredError,
      rootMeanSquaredError,
      meanAbsoluteError,
      meanAbsolutePercentageError,
    ]) {
      const atOnce = make();
      atOnce.update(whole);
      const inParts = make();
      for (let from = 0; from < rows; from += 4) {
        inParts.update(sliceBatch(whole, from, Math.min(rows, from + 4)));
      }
      expect(inParts.result()).toBe(atOnce.result());
    }
  });

  it('do not look at rows of weight 0', () => {
    expect(measure(meanSquaredError(), column([1, Number.NaN]), column([3, 0]), [1, 0])).toBe(4);
    expect(measure(meanAbsoluteError(), column([1]), column([3]), [0])).toBe(0);
  });

  it('sum in f64', () => {
    // 2^25 + 1 is no f32.
    const metric = meanAbsoluteError();
    const rows = 2 ** 12;
    const batch = {
      target: new Float32Array(rows),
      prediction: new Float32Array(rows).fill(2 ** 13),
      rows,
      outputs: 1,
      targetColumns: 1,
      weights: null,
    };
    metric.update(batch);
    metric.update(metricBatch(column([0]), column([1])));
    expect(metric.result()).toBe((2 ** 25 + 1) / (rows + 1));
  });

  it('need a target for every output', () => {
    expect(() => measure(meanSquaredError({ name: 'error' }), column([1]), [[1, 2]])).toThrow(
      'error: target has 1 column, prediction 2',
    );
  });
});
