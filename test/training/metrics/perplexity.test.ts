import { describe, expect, it } from 'vitest';
import { perplexity } from '../../../src/training/metrics/index.js';
import { column, measure, metricBatch, sliceBatch } from '../../harness/metrics.js';
import { testData } from '../../harness/random.js';

/** Predictions are f32 and sums f64. Measured: 6.7e-16. */
const MAX_RELATIVE_ERROR = 2e-15;

function expectClose(got: number, want: number): void {
  expect(Math.abs(got / want - 1)).toBeLessThan(MAX_RELATIVE_ERROR);
}

const chances = [
  [0.25, 0.25, 0.5],
  [0.125, 0.75, 0.125],
];

describe('perplexity', () => {
  it('is the geometric mean of 1 / p', () => {
    expectClose(measure(perplexity(), column([2, 0]), chances), Math.sqrt(2 * 8));
    expectClose(measure(perplexity(), column([0, 1]), chances), Math.sqrt(4 / 0.75));
    expectClose(measure(perplexity(), column([2, 0]), chances, [3, 1]), (2 * 2 * 2 * 8) ** 0.25);
  });

  it('is the number of classes for a uniform guess', () => {
    for (const classes of [3, 4, 5, 17, 33]) {
      const row = Array(classes).fill(2);
      expectClose(measure(perplexity(), column([1, 2]), [row, row]), classes);
      expectClose(measure(perplexity({ fromLogits: true }), column([1, 2]), [row, row]), classes);
    }
  });

  it('takes dense targets, soft ones too', () => {
    const oneHot = [
      [0, 0, 1],
      [1, 0, 0],
    ];
    expect(measure(perplexity(), oneHot, chances)).toBe(measure(perplexity(), column([2, 0]), chances));
    const entropy = -(0.5 * Math.log(0.25) + 0.5 * Math.log(0.5));
    expectClose(measure(perplexity(), [[0.5, 0, 0.5]], chances.slice(0, 1)), Math.exp(entropy));
  });

  it('takes logits', () => {
    const logits = chances.map((row) => row.map((p) => Math.log(p) + 3));
    // Logits rounded to f32 differ from the logarithms they stand for by up to 2^-24 of 3.
    const got = measure(perplexity({ fromLogits: true }), column([2, 0]), logits);
    expect(Math.abs(got / 4 - 1)).toBeLessThan(4e-7);
    const dense = measure(
      perplexity({ fromLogits: true }),
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
      logits,
    );
    expect(dense).toBe(got);
    expect(measure(perplexity({ fromLogits: true }), column([1]), [[-500, 500]])).toBe(1);
    expectClose(measure(perplexity({ fromLogits: true }), column([0]), [[-50, 50]]), Math.exp(100));
  });

  it('divides chances by their sum and keeps them off 0 and 1', () => {
    expectClose(measure(perplexity(), column([0]), [[2, 6]]), 4);
    expectClose(measure(perplexity(), column([0]), [[0, 1]]), 1e7);
    expectClose(measure(perplexity(), column([1]), [[0, 1]]), 1 / (1 - 1e-7));
  });

  it.each([1, 3, 4, 5, 17, 33])('gives the same however rows fall into batches (%i rows)', (rows) => {
    const prediction = Array.from({ length: rows }, (_, r) => Array.from(testData(r, 5, -2, 3)));
    const target = column(Array.from({ length: rows }, (_, r) => (r * 7 + 2) % 5));
    const batch = metricBatch(target, prediction, Array.from(testData(rows, rows, 0, 2)));
    const metric = perplexity({ fromLogits: true });
    for (let from = 0; from < rows; from += 4)
      metric.update(sliceBatch(batch, from, Math.min(rows, from + 4)));
    let sum = 0;
    let weights = 0;
    for (let r = 0; r < rows; r++) {
      const row = Array.from(batch.prediction.slice(r * 5, r * 5 + 5));
      const weight = batch.weights?.[r] ?? 1;
      const chance = Math.exp(row[target[r][0]]) / row.reduce((all, x) => all + Math.exp(x), 0);
      sum -= weight * Math.log(chance);
      weights += weight;
    }
    expectClose(metric.result(), Math.exp(sum / weights));
  });

  it('is 0 before any batch and does not look at rows of weight 0', () => {
    expect(perplexity().result()).toBe(0);
    const rows = [
      [0.5, 0.5],
      [Number.NaN, 1],
    ];
    expectClose(measure(perplexity(), column([0, 1]), rows, [1, 0]), 2);
  });

  it('needs classes', () => {
    expect(() => measure(perplexity(), column([1]), column([0.5]))).toThrow(
      'perplexity: expected one class index a row and two or more outputs',
    );
    expect(() => measure(perplexity(), [[1, 0]], [[0.1, 0.2, 0.7]])).toThrow(
      'perplexity: expected one-hot targets over two or more classes, ' +
        'got a target of 2 columns and 3 outputs',
    );
  });
});
