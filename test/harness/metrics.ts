import type { Metric, MetricBatch } from '../../src/training/metrics/metric.js';

/** A batch from rows of targets and rows of predictions. */
export function metricBatch(target: number[][], prediction: number[][], weights?: number[]): MetricBatch {
  return {
    target: Float32Array.from(target.flat()),
    prediction: Float32Array.from(prediction.flat()),
    rows: prediction.length,
    outputs: prediction[0].length,
    targetColumns: target[0].length,
    weights: weights === undefined ? null : Float32Array.from(weights),
  };
}

/** One column from a list. */
export function column(values: number[]): number[][] {
  return values.map((value) => [value]);
}

/** The figure over one batch, the metric being reset before. */
export function measure(
  metric: Metric,
  target: number[][],
  prediction: number[][],
  weights?: number[],
): number {
  metric.reset();
  metric.update(metricBatch(target, prediction, weights));
  return metric.result();
}

/** Rows `from` to `to` of a batch. */
export function sliceBatch(batch: MetricBatch, from: number, to: number): MetricBatch {
  const { target, prediction, outputs, targetColumns, weights } = batch;
  return {
    ...batch,
    target: target.slice(from * targetColumns, to * targetColumns),
    prediction: prediction.slice(from * outputs, to * outputs),
    rows: to - from,
    weights: weights === null ? null : weights.slice(from, to),
  };
}
