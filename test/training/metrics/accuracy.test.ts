import { describe, expect, it } from 'vitest';
import {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from '../../../src/training/metrics/index.js';
import { column, measure } from '../../harness/metrics.js';

describe('binaryAccuracy', () => {
  const target = column([1, 1, 0, 0]);
  const prediction = column([0.98, 1, 0, 0.6]);

  it('counts outputs on the right side of 0.5', () => {
    expect(measure(binaryAccuracy(), target, prediction)).toBe(0.75);
    expect(measure(binaryAccuracy(), target, prediction, [1, 0, 0, 1])).toBe(0.5);
    expect(measure(binaryAccuracy(), target, prediction, [1, 0, 0, 3])).toBe(0.25);
  });

  it('calls an output equal to the threshold negative, in f32', () => {
    expect(measure(binaryAccuracy(), column([0, 1]), column([0.5, 0.5]))).toBe(0.5);
    // 0.7 and 0.1 as f32 lie below and above their f64 values.
    expect(measure(binaryAccuracy({ threshold: 0.7 }), column([0]), column([0.7]))).toBe(1);
    expect(measure(binaryAccuracy({ threshold: 0.1 }), column([0]), column([0.1]))).toBe(1);
    expect(measure(binaryAccuracy({ threshold: 0.7 }), target, prediction)).toBe(1);
  });

  it('gives a row of several outputs the weight of one', () => {
    const several = [
      [1, 0, 1],
      [0, 0, 0],
    ];
    const predicted = [
      [0.9, 0.8, 0.7],
      [0.1, 0.9, 0.9],
    ];
    expect(measure(binaryAccuracy(), several, predicted)).toBe((2 / 3 + 1 / 3) / 2);
    expect(measure(binaryAccuracy(), several, predicted, [3, 1])).toBeCloseTo((3 * 2 + 1) / 12, 15);
  });

  it('counts a target that is neither 0 nor 1 as missed', () => {
    expect(measure(binaryAccuracy(), column([0.9, 1]), column([0.9, 0.9]))).toBe(0.5);
  });

  it.each([0, 1, -0.5, 2, Number.NaN])('refuses the threshold %d', (threshold) => {
    expect(() => binaryAccuracy({ threshold })).toThrow(
      `binaryAccuracy: threshold must lie between 0 and 1, both excluded; got ${threshold}`,
    );
  });

  it('needs a target for every output', () => {
    expect(() =>
      measure(binaryAccuracy(), column([1, 0]), [
        [0.1, 0.2],
        [0.3, 0.4],
      ]),
    ).toThrow('binaryAccuracy: target has 1 column, prediction 2');
  });
});

describe('categoricalAccuracy', () => {
  const target = [
    [0, 0, 1],
    [0, 1, 0],
  ];
  const prediction = [
    [0.1, 0.9, 0.8],
    [0.05, 0.95, 0],
  ];

  it('compares the largest output with the one-hot class', () => {
    expect(measure(categoricalAccuracy(), target, prediction)).toBe(0.5);
    expect(measure(categoricalAccuracy(), target, prediction, [0.75, 0.25])).toBe(0.25);
  });

  it('takes the first of equal outputs', () => {
    expect(
      measure(
        categoricalAccuracy(),
        [
          [1, 0],
          [0, 1],
        ],
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      ),
    ).toBe(0.5);
  });

  it('needs one-hot targets', () => {
    expect(() => measure(categoricalAccuracy(), column([2, 1]), prediction)).toThrow(
      'categoricalAccuracy: expected one-hot targets over two or more classes, ' +
        'got a target of 1 column and 3 outputs',
    );
  });
});

describe('sparseCategoricalAccuracy', () => {
  const prediction = [
    [0.1, 0.6, 0.3],
    [0.05, 0.95, 0],
    [-3, -2, -1],
  ];

  it('compares the largest output with the class index', () => {
    expect(measure(sparseCategoricalAccuracy(), column([2, 1, 2]), prediction)).toBe(2 / 3);
    expect(measure(sparseCategoricalAccuracy(), column([2, 1, 2]), prediction, [2, 1, 1])).toBe(0.5);
  });

  it('needs class indices', () => {
    expect(() => measure(sparseCategoricalAccuracy(), [[0, 1, 0]], [[1, 2, 3]])).toThrow(
      'sparseCategoricalAccuracy: expected one class index a row and two or more outputs, ' +
        'got a target of 3 columns and 3 outputs',
    );
  });
});

describe('top k', () => {
  // Class 2 comes second, fourth and first.
  const prediction = [
    [0.1, 0.2, 0.3, 0.4],
    [0.4, 0.3, 0.05, 0.25],
    [0.1, 0.2, 0.5, 0.2],
  ];
  const labels = column([2, 2, 2]);
  const oneHot = [
    [0, 0, 1, 0],
    [0, 0, 1, 0],
    [0, 0, 1, 0],
  ];

  it('counts classes among the k largest outputs', () => {
    const shares = [1 / 3, 2 / 3, 2 / 3, 1];
    shares.forEach((share, i) => {
      expect(measure(sparseTopKCategoricalAccuracy({ k: i + 1 }), labels, prediction)).toBe(share);
      expect(measure(topKCategoricalAccuracy({ k: i + 1 }), oneHot, prediction)).toBe(share);
    });
    expect(measure(topKCategoricalAccuracy({ k: 2 }), oneHot, prediction, [1, 2, 1])).toBe(0.5);
  });

  it('looks at five by default', () => {
    const six = [[6, 5, 4, 3, 2, 1]];
    expect(measure(sparseTopKCategoricalAccuracy(), column([4]), six)).toBe(1);
    expect(measure(sparseTopKCategoricalAccuracy(), column([5]), six)).toBe(0);
    expect(topKCategoricalAccuracy().config).toEqual({
      metric: 'topKCategoricalAccuracy',
      name: 'topKCategoricalAccuracy',
      k: 5,
    });
  });

  it('lets all classes in that tie for the last place', () => {
    const tied = [[0.4, 0.2, 0.2, 0.2]];
    for (const label of [1, 2, 3]) {
      expect(measure(sparseTopKCategoricalAccuracy({ k: 2 }), column([label]), tied)).toBe(1);
      expect(measure(sparseTopKCategoricalAccuracy({ k: 1 }), column([label]), tied)).toBe(0);
    }
  });

  it('counts a class that is not there, or an output that is not finite, as missed', () => {
    const metric = sparseTopKCategoricalAccuracy({ k: 4 });
    expect(measure(metric, column([0, -1]), prediction.slice(0, 2))).toBe(0.5);
    expect(measure(metric, column([4, 0]), prediction.slice(0, 2))).toBe(0.5);
    expect(
      measure(metric, column([0, 1]), [
        [Number.NaN, 1],
        [0, Number.POSITIVE_INFINITY],
      ]),
    ).toBe(0);
  });

  it.each([0, -1, 1.5])('refuses k = %d', (k) => {
    expect(() => topKCategoricalAccuracy({ k })).toThrow(
      `topKCategoricalAccuracy: k must be a whole number of at least 1, got ${k}`,
    );
  });
});
