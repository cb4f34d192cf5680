import { meanMetric } from './mean.js';
import type { Metric, MetricBatch, NameOption } from './metric.js';
import { needDense } from './metric.js';

/** Keras's epsilon: the least that a target counts as in a percentage. */
const EPSILON = 1e-7;

/** Mean of squared errors.   mean((target − prediction)²) */
export function meanSquaredError(options: NameOption = {}): Metric {
  return regression('meanSquaredError', options, squaredError);
}

/** Square root of the mean of squared errors over all batches.   √ mean((target − prediction)²) */
export function rootMeanSquaredError(options: NameOption = {}): Metric {
  return regression('rootMeanSquaredError', options, squaredError, Math.sqrt);
}

/** Mean of absolute errors.   mean(|target − prediction|) */
export function meanAbsoluteError(options: NameOption = {}): Metric {
  return regression('meanAbsoluteError', options, (target, prediction) => Math.abs(target - prediction));
}

/**
 * Mean of absolute errors in percent of the target.   100 · mean(|target − prediction| / max(|target|, 1e-7))
 */
export function meanAbsolutePercentageError(options: NameOption = {}): Metric {
  return regression(
    'meanAbsolutePercentageError',
    options,
    (target, prediction) => (100 * Math.abs(target - prediction)) / Math.max(Math.abs(target), EPSILON),
  );
}

function squaredError(target: number, prediction: number): number {
  const error = target - prediction;
  return error * error;
}

function regression(
  metric: string,
  options: NameOption,
  error: (target: number, prediction: number) => number,
  finish?: (mean: number) => number,
): Metric {
  const value = ({ target, prediction, outputs }: MetricBatch, r: number): number => {
    let sum = 0;
    for (let i = r * outputs; i < (r + 1) * outputs; i++) sum += error(target[i], prediction[i]);
    return sum / outputs;
  };
  return meanMetric({ metric, direction: 'down', check: needDense, value, finish }, options);
}
