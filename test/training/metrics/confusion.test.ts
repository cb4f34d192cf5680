import { describe, expect, it } from 'vitest';
import { f1Score, precision, recall } from '../../../src/training/metrics/index.js';
import { column, measure, metricBatch } from '../../harness/metrics.js';

// TP 2, FP 1, FN 1, TN 1
const target = column([0, 1, 1, 1, 0]);
const prediction = column([0.9, 0.2, 0.8, 0.51, 0.5]);

describe('precision and recall', () => {
  it('agree with counts by hand', () => {
    expect(measure(precision(), target, prediction)).toBe(2 / 3);
    expect(measure(recall(), target, prediction)).toBe(2 / 3);
    expect(measure(precision({ thresholds: 0.85 }), target, prediction)).toBe(0);
    expect(measure(precision({ thresholds: 0 }), target, prediction)).toBe(3 / 5);
    expect(measure(recall({ thresholds: 0 }), target, prediction)).toBe(1);
    expect(measure(recall({ thresholds: 0.6 }), target, prediction)).toBe(1 / 3);
  });

  it('weigh rows', () => {
    const weights = [4, 3, 2, 1, 7];
    expect(measure(precision(), target, prediction, weights)).toBe(3 / 7);
    expect(measure(recall(), target, prediction, weights)).toBe(3 / 6);
  });

  it('gather counts over batches, not ratios', () => {
    const metric = precision();
    metric.update(metricBatch(column([1]), column([0.9])));
    metric.update(metricBatch(column([0, 0, 1]), column([0.9, 0.9, 0.9])));
    expect(metric.result()).toBe(0.5);
    metric.reset();
    expect(metric.result()).toBe(0);
  });

  it('are 0 when there is nothing to count', () => {
    expect(measure(precision(), column([1, 1]), column([0.1, 0.2]))).toBe(0);
    expect(measure(recall(), column([0, 0]), column([0.9, 0.8]))).toBe(0);
  });

  const oneHot = [
    [0, 0, 1],
    [1, 0, 0],
    [0, 1, 0],
  ];
  const scores = [
    [0.1, 0.3, 0.6],
    [0.2, 0.45, 0.35],
    [0.3, 0.4, 0.3],
  ];

  it('read class indices as one-hot', () => {
    for (const options of [{}, { topK: 1 }, { topK: 2 }, { classId: 1, thresholds: 0.35 }]) {
      for (const make of [precision, recall]) {
        expect(measure(make(options), column([2, 0, 1]), scores)).toBe(
          measure(make(options), oneHot, scores),
        );
      }
    }
  });

  it('call only the k largest of a row positive', () => {
    expect(measure(precision({ topK: 1 }), oneHot, scores)).toBe(2 / 3);
    expect(measure(recall({ topK: 1 }), oneHot, scores)).toBe(2 / 3);
    expect(measure(precision({ topK: 1, thresholds: 0.5 }), oneHot, scores)).toBe(1);
    // Row 3 ties for the second place: the first of the two counts, class 0.
    expect(measure(recall({ topK: 2, classId: 0 }), [[1, 0, 0]], [scores[2]])).toBe(1);
    expect(measure(recall({ topK: 2, classId: 2 }), [[0, 0, 1]], [scores[2]])).toBe(0);
    expect(measure(precision({ topK: 5 }), oneHot, scores)).toBe(1 / 3);
  });

  it('look at one output', () => {
    expect(measure(precision({ classId: 1, thresholds: 0.35 }), oneHot, scores)).toBe(0.5);
    expect(measure(recall({ classId: 2 }), oneHot, scores)).toBe(1);
    expect(() => measure(recall({ classId: 3 }), oneHot, scores)).toThrow(
      'recall: classId is 3, but there are 3 outputs',
    );
  });

  it('refuse options that cannot be', () => {
    expect(() => precision({ thresholds: 1.5 })).toThrow(
      'precision: thresholds must be one number from 0 to 1; got 1.5',
    );
    expect(() => precision({ thresholds: [0.2, 0.4] as unknown as number })).toThrow(
      'precision: thresholds must be one number from 0 to 1; got 0.2,0.4',
    );
    expect(() => recall({ topK: 0 })).toThrow('recall: topK must be a whole number of at least 1, got 0');
    expect(() => recall({ classId: -1 })).toThrow(
      'recall: classId must be a whole number of at least 0, got -1',
    );
    expect(() => recall({ treshold: 0.5 } as object)).toThrow("did you mean 'thresholds'?");
  });
});

describe('f1Score', () => {
  // Counts of TP, FP, FN per output: (1, 0, 2), (2, 1, 0), (1, 1, 0).
  const many = [
    [1, 1, 1],
    [1, 0, 0],
    [1, 1, 0],
  ];
  const scores = [
    [0.2, 0.6, 0.7],
    [0.2, 0.6, 0.6],
    [0.6, 0.8, 0.0],
  ];
  const each = [0.5, 0.8, 2 / 3];

  it('averages outputs three ways', () => {
    const threshold = 0.5;
    expect(measure(f1Score({ threshold }), many, scores)).toBeCloseTo((each[0] + each[1] + each[2]) / 3, 15);
    expect(measure(f1Score({ threshold, average: 'weighted' }), many, scores)).toBeCloseTo(
      (3 * each[0] + 2 * each[1] + 1 * each[2]) / 6,
      15,
    );
    expect(measure(f1Score({ threshold, average: 'micro' }), many, scores)).toBe(8 / (8 + 2 + 2));
  });

  it('is the harmonic mean of precision and recall for one output', () => {
    const weights = [4, 3, 2, 1, 7];
    const p = measure(precision(), target, prediction, weights);
    const r = measure(recall(), target, prediction, weights);
    expect(measure(f1Score(), target, prediction, weights)).toBeCloseTo((2 * p * r) / (p + r), 15);
  });

  it('calls the largest output of a row positive by default', () => {
    const labels = column([2, 0, 1, 1]);
    const rows = [
      [0.1, 0.3, 0.6],
      [0.2, 0.45, 0.35],
      [0.3, 0.4, 0.3],
      [0.1, 0.2, 0.7],
    ];
    // class 0: TP 0, FN 1; class 1: TP 1, FP 1, FN 1; class 2: TP 1, FP 1
    expect(measure(f1Score(), labels, rows)).toBeCloseTo((0 + 1 / 2 + 2 / 3) / 3, 15);
    expect(measure(f1Score({ average: 'micro' }), labels, rows)).toBe(0.5);
  });

  it('calls every one of several largest outputs positive, and none in a row of zeros', () => {
    expect(measure(f1Score({ average: 'micro' }), [[1, 0, 0]], [[0.4, 0.4, 0.2]])).toBe(2 / 3);
    expect(measure(f1Score({ average: 'micro' }), [[1, 0, 0]], [[0, 0, 0]])).toBe(0);
    expect(measure(f1Score({ average: 'micro' }), [[1, 0]], [[-1, -2]])).toBe(1);
  });

  it('starts anew after reset', () => {
    const metric = f1Score();
    metric.update(metricBatch(target, prediction));
    metric.update(metricBatch(column([1]), column([0.9])));
    expect(metric.result()).toBe(6 / 8);
    expect(measure(metric, target, prediction)).toBe(2 / 3);
    metric.reset();
    expect(metric.result()).toBe(0);
  });

  it('refuses options that cannot be', () => {
    expect(() => f1Score({ threshold: 0 })).toThrow(
      'f1Score: threshold must be above 0 and at most 1; got 0',
    );
    expect(() => f1Score({ average: 'makro' as 'macro' })).toThrow("did you mean 'macro'?");
    expect(() => measure(f1Score(), [[1, 0]], [[1, 0, 0]])).toThrow(
      'f1Score: target has 2 columns, prediction 3',
    );
  });
});
