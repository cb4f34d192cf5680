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
import {
  getMetric,
  getMetrics,
  metricDirection,
  metricFromConfig,
  metricNames,
} from '../../../src/training/metrics/registry.js';
import { column, measure } from '../../harness/metrics.js';

const ONE = { outputs: 1, targetColumns: 1 };

describe('getMetric', () => {
  it("resolves 'accuracy' by the widths of outputs and targets", () => {
    const kind = (outputs: number, targetColumns: number) =>
      getMetric('accuracy', { outputs, targetColumns }).config;
    expect(kind(1, 1)).toEqual({ metric: 'binaryAccuracy', name: 'accuracy', threshold: 0.5 });
    expect(kind(7, 1)).toEqual({ metric: 'sparseCategoricalAccuracy', name: 'accuracy' });
    expect(kind(7, 7)).toEqual({ metric: 'categoricalAccuracy', name: 'accuracy' });
  });

  it('names a metric as it was asked for', () => {
    for (const name of metricNames())
      expect(getMetric(name, { outputs: 3, targetColumns: 3 }).name).toBe(name);
    expect(measure(getMetric('mse', ONE), column([1]), column([4]))).toBe(9);
    expect(measure(getMetric('rmse', ONE), column([1]), column([4]))).toBe(3);
  });

  it('gives metric objects back', () => {
    const metric = precision({ name: 'hits' });
    expect(getMetric(metric, ONE)).toBe(metric);
  });

  it('names the nearest known metric', () => {
    expect(() => getMetric('acuracy', ONE)).toThrow(UnknownNameError);
    expect(() => getMetric('acuracy', ONE)).toThrow(
      "compile: unknown metric 'acuracy'; did you mean 'accuracy'?",
    );
    expect(() => getMetric('mean_squared_error', ONE)).toThrow("did you mean 'meanSquaredError'?");
    expect(() => getMetric('toString', ONE)).toThrow("compile: unknown metric 'toString'");
  });

  it('refuses what is no metric', () => {
    expect(() => getMetric((() => 0) as unknown as Metric, ONE)).toThrow(
      'compile: a metric must be a name or a metric object such as auc() gives; got a function',
    );
    expect(() => getMetric(null as unknown as Metric, ONE)).toThrow('got null');
  });
});

describe('getMetrics', () => {
  it('keeps order and refuses a name twice', () => {
    const list = getMetrics(['mae', f1Score(), 'accuracy'], ONE);
    expect(list.map((metric) => metric.name)).toEqual(['mae', 'f1Score', 'accuracy']);
    expect(() => getMetrics(['accuracy', binaryAccuracy({ name: 'accuracy' })], ONE)).toThrow(
      "compile: the name 'accuracy' is taken; give this metric another one",
    );
    expect(() => getMetrics([precision({ name: 'loss' })], ONE)).toThrow("the name 'loss' is taken");
  });
});

describe('metricFromConfig', () => {
  it('makes the same metric again', () => {
    const metrics = [
      getMetric('acc', ONE),
      precision({ thresholds: 0.25, classId: 1, name: 'p1' }),
      f1Score({ average: 'weighted' }),
      sparseTopKCategoricalAccuracy({ k: 3 }),
      getMetric('rmse', ONE),
      auc({ curve: 'PR', numThresholds: 50, summationMethod: 'minoring', fromLogits: true }),
      perplexity({ fromLogits: true, name: 'ppl' }),
    ];
    for (const metric of metrics) {
      const again = metricFromConfig(JSON.parse(JSON.stringify(metric.config)));
      expect(again.name).toBe(metric.name);
      expect(again.config).toEqual(metric.config);
      expect(again.direction).toBe(metric.direction);
    }
  });

  it('refuses a config of no known metric', () => {
    expect(() => metricFromConfig({ metric: 'recal' })).toThrow("did you mean 'recall'?");
  });
});

describe('metricDirection', () => {
  it('knows which way is better', () => {
    for (const name of ['accuracy', 'acc', 'precision', 'f1', 'auc', 'topKCategoricalAccuracy']) {
      expect(metricDirection(name)).toBe('up');
    }
    for (const name of ['mse', 'perplexity', 'meanAbsolutePercentageError'])
      expect(metricDirection(name)).toBe('down');
    expect(metricDirection('learningRate')).toBeUndefined();
  });
});
