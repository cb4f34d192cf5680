import { describe, expect, it } from 'vitest';
import { UnknownNameError } from '../../../src/errors.js';
import {
  auc,
  binaryAccuracy,
  f1Score,
  type Metric,
  perplexity,
  precision,
  sparseTopKCategoricalAccuracy,
} from '../../../src/training/metrics/index.js';
import { getMetric, getMetrics } from '../../../src/training/metrics/list.js';
import { metricNamed, metricNames } from '../../../src/training/metrics/registry.js';
import { ALL_NAMES } from '../../../src/training/named/names.js';
import { metricFromConfig } from '../../../src/training/names.js';
import { column, measure } from '../../harness/metrics.js';

const ONE = { outputs: 1, targetColumns: 1 };

describe('getMetric', () => {
  it("resolves 'accuracy' by the widths of outputs and targets", () => {
    const kind = (outputs: number, targetColumns: number) =>
      getMetric('accuracy', { outputs, targetColumns }, ALL_NAMES).config;
    expect(kind(1, 1)).toEqual({ metric: 'binaryAccuracy', name: 'accuracy', threshold: 0.5 });
    expect(kind(7, 1)).toEqual({ metric: 'sparseCategoricalAccuracy', name: 'accuracy' });
    expect(kind(7, 7)).toEqual({ metric: 'categoricalAccuracy', name: 'accuracy' });
  });

  it('names a metric as it was asked for', () => {
    for (const name of metricNames())
      expect(getMetric(name, { outputs: 3, targetColumns: 3 }, ALL_NAMES).name).toBe(name);
    expect(measure(getMetric('mse', ONE, ALL_NAMES), column([1]), column([4]))).toBe(9);
    expect(measure(getMetric('rmse', ONE, ALL_NAMES), column([1]), column([4]))).toBe(3);
  });

  it('gives metric objects back', () => {
    const metric = precision({ name: 'hits' });
    expect(getMetric(metric, ONE, ALL_NAMES)).toBe(metric);
  });

  it('names the nearest known metric', () => {
    expect(() => getMetric('acuracy', ONE, ALL_NAMES)).toThrow(UnknownNameError);
    expect(() => getMetric('acuracy', ONE, ALL_NAMES)).toThrow(
      "compile: unknown metric 'acuracy'; did you mean 'accuracy'?",
    );
    expect(() => getMetric('mean_squared_error', ONE, ALL_NAMES)).toThrow("did you mean 'meanSquaredError'?");
    expect(() => getMetric('toString', ONE, ALL_NAMES)).toThrow("compile: unknown metric 'toString'");
  });

  it('refuses what is no metric', () => {
    expect(() => getMetric((() => 0) as unknown as Metric, ONE, ALL_NAMES)).toThrow(
      'compile: a metric must be a name or a metric object such as auc() gives; got a function',
    );
    expect(() => getMetric(null as unknown as Metric, ONE, ALL_NAMES)).toThrow('got null');
  });
});

describe('getMetrics', () => {
  it('keeps order and refuses a name twice', () => {
    const list = getMetrics(['mae', f1Score(), 'accuracy'], ONE, ALL_NAMES);
    expect(list.map((metric) => metric.name)).toEqual(['mae', 'f1Score', 'accuracy']);
    expect(() => getMetrics(['accuracy', binaryAccuracy({ name: 'accuracy' })], ONE, ALL_NAMES)).toThrow(
      "compile: the name 'accuracy' is taken; give this metric another one",
    );
    expect(() => getMetrics([precision({ name: 'loss' })], ONE, ALL_NAMES)).toThrow(
      "the name 'loss' is taken",
    );
  });
});

describe('metricFromConfig', () => {
  it('makes the same metric again', () => {
    const metrics = [
      getMetric('acc', ONE, ALL_NAMES),
      precision({ thresholds: 0.25, classId: 1, name: 'p1' }),
      f1Score({ average: 'weighted' }),
      sparseTopKCategoricalAccuracy({ k: 3 }),
      getMetric('rmse', ONE, ALL_NAMES),
      auc({ curve: 'PR', numThresholds: 50, summationMethod: 'minoring', fromLogits: true }),
      perplexity({ fromLogits: true, name: 'ppl' }),
    ];
    for (const metric of metrics) {
      const again = metricFromConfig(ALL_NAMES, JSON.parse(JSON.stringify(metric.config)));
      expect(again.name).toBe(metric.name);
      expect(again.config).toEqual(metric.config);
      expect(again.direction).toBe(metric.direction);
    }
  });

  it('refuses a config of no known metric', () => {
    expect(() => metricFromConfig(ALL_NAMES, { metric: 'recal' })).toThrow("did you mean 'recall'?");
  });
});

describe('the direction of a metric', () => {
  it('says which way is better', () => {
    const direction = (name: string) => metricNamed('compile', name, ONE)().direction;
    for (const name of ['accuracy', 'acc', 'precision', 'f1', 'auc', 'topKCategoricalAccuracy']) {
      expect(direction(name)).toBe('up');
    }
    for (const name of ['mse', 'perplexity', 'meanAbsolutePercentageError'])
      expect(direction(name)).toBe('down');
  });
});
