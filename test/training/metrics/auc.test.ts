import { describe, expect, it } from 'vitest';
import { auc } from '../../../src/training/metrics/index.js';
import { column, measure, metricBatch, sliceBatch } from '../../harness/metrics.js';
import { testRandom } from '../../harness/random.js';

/** Share of (positive, negative) pairs in which the positive scores more, ties counting half. */
function rankArea(labels: number[], scores: number[], weights: number[]): number {
  let won = 0;
  let pairs = 0;
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < labels.length; j++) {
      if (labels[i] === 0 || labels[j] === 1) continue;
      const weight = weights[i] * weights[j];
      pairs += weight;
      won += weight * (scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0);
    }
  }
  return won / pairs;
}

describe('auc under ROC', () => {
  const labels = column([0, 0, 1, 1]);
  const scores = column([0, 0.5, 0.3, 0.9]);

  it('agrees with a worked example', () => {
    // thresholds below 0, 0.5, above 1: TP 2, 1, 0 and FP 2, 0, 0
    expect(measure(auc({ numThresholds: 3 }), labels, scores)).toBe(0.75);
    expect(measure(auc({ numThresholds: 3 }), labels, scores, [1, 0, 0, 1])).toBe(1);
    // thresholds below 0 and above 1 only: the diagonal
    expect(measure(auc({ numThresholds: 2 }), labels, scores)).toBe(0.5);
    // with 200 thresholds all four scores are apart: three of four pairs are in order
    expect(measure(auc(), labels, scores)).toBe(0.75);
  });

  it('is 1 and 0 for perfect and for reversed order, and 0 without both classes', () => {
    expect(measure(auc(), labels, column([0.1, 0.2, 0.7, 0.8]))).toBe(1);
    expect(measure(auc(), labels, column([0.8, 0.7, 0.2, 0.1]))).toBe(0);
    expect(measure(auc(), column([1, 1]), column([0.8, 0.7]))).toBe(0);
    expect(auc().result()).toBe(0);
  });

  it.each([3, 4, 5, 17, 33])('is the share of pairs in order, for scores on a grid (%i rows)', (rows) => {
    const next = testRandom(rows);
    const y = Array.from({ length: rows }, (_, i) => (i < 2 ? i : next() < 0.4 ? 1 : 0));
    const s = Array.from({ length: rows }, () => Math.floor(next() * 20) / 20 + 0.01);
    const w = Array.from({ length: rows }, () => 1 + Math.floor(next() * 3));
    expect(measure(auc(), column(y), column(s), w)).toBeCloseTo(rankArea(y, s, w), 12);
    const batch = metricBatch(column(y), column(s), w);
    const inParts = auc();
    for (let from = 0; from < rows; from += 4) {
      inParts.update(sliceBatch(batch, from, Math.min(rows, from + 4)));
    }
    expect(inParts.result()).toBe(measure(auc(), column(y), column(s), w));
  });

  it('puts a score that equals a threshold below it', () => {
    const options = { numThresholds: 5 };
    // 0.5 against 0.4: one bucket (0.25, 0.5]; 0.5 against 0.51: two.
    expect(measure(auc(options), column([1, 0]), column([0.5, 0.4]))).toBe(0.5);
    expect(measure(auc(options), column([0, 1]), column([0.5, 0.51]))).toBe(1);
    // 3 / 199 rounded to f32 lies above itself; times 199, rounded to f32, it is 3 again: not above threshold 3.
    expect(Math.fround(3 / 199) * 199).toBeGreaterThan(3);
    expect(measure(auc(), column([1, 0]), column([3 / 199, 2.5 / 199]))).toBe(0.5);
  });

  it('clips scores to 0 and 1, both of which it can tell from their neighbours', () => {
    expect(measure(auc(), column([0, 1]), column([-3, 0.01]))).toBe(1);
    expect(measure(auc(), column([0, 1]), column([0.99, 7]))).toBe(1);
    expect(measure(auc(), column([0, 1]), column([1, 7]))).toBe(0.5);
  });

  it('bounds the area from below and above', () => {
    const y = column([0, 1, 0, 1, 1, 0]);
    const s = column([0.3, 0.3, 0.6, 0.6, 0.9, 0.1]);
    const by = (summationMethod: 'interpolation' | 'minoring' | 'majoring') =>
      measure(auc({ summationMethod }), y, s);
    // Points (FPR, TPR) downwards: (1, 1) (2/3, 1) (1/3, 2/3) (0, 1/3) (0, 0)
    expect(by('minoring')).toBeCloseTo((1 + 2 / 3 + 1 / 3) / 3, 15);
    expect(by('majoring')).toBeCloseTo((1 + 1 + 2 / 3) / 3, 15);
    expect(by('interpolation')).toBeCloseTo((1 + 5 / 6 + 1 / 2) / 3, 15);
  });

  it('turns logits into probabilities', () => {
    const logits = [-3, -0.4, 0.2, 2, 90, -90];
    const y = column([0, 1, 0, 1, 1, 0]);
    const probabilities = column(logits.map((x) => 1 / (1 + Math.exp(-x))));
    for (const curve of ['ROC', 'PR'] as const) {
      expect(measure(auc({ curve, fromLogits: true, numThresholds: 9 }), y, column(logits))).toBe(
        measure(auc({ curve, numThresholds: 9 }), y, probabilities),
      );
    }
  });

  it('takes all outputs together and class indices as one-hot', () => {
    const rows = [
      [0.1, 0.3, 0.6],
      [0.2, 0.45, 0.35],
    ];
    // positives 0.6, 0.2; negatives 0.1, 0.3, 0.45, 0.35: five of eight pairs in order
    const oneHot = [
      [0, 0, 1],
      [1, 0, 0],
    ];
    expect(measure(auc(), oneHot, rows)).toBeCloseTo(5 / 8, 15);
    expect(measure(auc(), column([2, 0]), rows)).toBeCloseTo(5 / 8, 15);
  });

  it('is NaN once a score was NaN, until reset', () => {
    const metric = auc();
    expect(measure(metric, column([0, 1]), column([0.1, Number.NaN]))).toBeNaN();
    expect(measure(metric, column([0, 1]), column([0.1, 0.2]))).toBe(1);
  });
});

describe('auc under precision over recall', () => {
  const y = column([0, 0, 1, 1]);
  const s = column([0, 0.5, 0.3, 0.9]);

  it('integrates precision exactly between thresholds', () => {
    // TP 2, 1, 0 and P 4, 1, 0. From P = 1 to 4: slope 1/3, intercept 1 − 1/3; from 0 to 1: slope 1.
    const expected = ((1 / 3) * (1 + (2 / 3) * Math.log(4)) + 1) / 2;
    expect(measure(auc({ curve: 'PR', numThresholds: 3 }), y, s)).toBeCloseTo(expected, 15);
  });

  it('agrees with a sum over many small steps', () => {
    const next = testRandom(11);
    const labels: number[] = Array.from({ length: 60 }, () => (next() < 0.3 ? 1 : 0));
    const scores = labels.map((label) => Math.min(0.999, 0.3 * label + 0.7 * next()));
    const numThresholds = 8;
    const counts = Array.from({ length: numThresholds }, (_, i) => {
      const above = (j: number) => i === 0 || scores[j] > i / (numThresholds - 1);
      const chosen = labels.filter((_label, j) => i < numThresholds - 1 && above(j));
      return { tp: chosen.reduce((sum, label) => sum + label, 0), p: chosen.length };
    });
    const positives = counts[0].tp;
    const parts = 20000;
    let area = 0;
    for (let i = 0; i + 1 < numThresholds; i++) {
      const [low, high] = [counts[i + 1], counts[i]];
      for (let k = 0; k < parts; k++) {
        const at = (k + 0.5) / parts;
        const tp = low.tp + at * (high.tp - low.tp);
        const p = low.p + at * (high.p - low.p);
        if (p > 0) area += ((tp / p) * (high.tp - low.tp)) / parts / positives;
      }
    }
    expect(measure(auc({ curve: 'PR', numThresholds }), column(labels), column(scores))).toBeCloseTo(area, 6);
  });

  it('bounds the area from below and above', () => {
    // (recall, precision) downwards: (1, 1/2) (1/2, 1) (0, 0)
    const by = (summationMethod: 'minoring' | 'majoring') =>
      measure(auc({ curve: 'PR', numThresholds: 3, summationMethod }), y, s);
    expect(by('minoring')).toBe(0.25);
    expect(by('majoring')).toBe(1);
  });

  it('is 1 for perfect order and 0 without positives', () => {
    expect(measure(auc({ curve: 'PR' }), y, column([0.1, 0.2, 0.8, 0.9]))).toBe(1);
    expect(measure(auc({ curve: 'PR' }), column([0, 0]), column([0.1, 0.2]))).toBe(0);
  });
});

describe('options of auc', () => {
  it('are checked', () => {
    expect(() => auc({ numThresholds: 1 })).toThrow(
      'auc: numThresholds must be a whole number of at least 2, got 1',
    );
    expect(() => auc({ curve: 'roc' as 'ROC' })).toThrow("auc: unknown curve 'roc'; did you mean 'ROC'?");
    expect(() => auc({ summationMethod: 'minor' as 'minoring' })).toThrow("did you mean 'minoring'?");
    expect(() => auc({ threshold: 3 } as object)).toThrow("did you mean 'numThresholds'?");
  });
});
