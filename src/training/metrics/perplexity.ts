import { exp } from '../../numeric/exp.js';
import { log } from '../../numeric/log.js';
import { meanMetric } from './mean.js';
import type { Metric, MetricBatch, NameOption } from './metric.js';
import { needOneHot, needSparse } from './metric.js';

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken (as Keras). */
const EPSILON = 1e-7;

/** Options of {@link perplexity}. */
export interface PerplexityOptions extends NameOption {
  /** Whether outputs are logits rather than probabilities. Default false. */
  fromLogits?: boolean;
}

/**
 * Exponential of the mean crossentropy over rows.   exp(mean(−Σ_j target_j · ln p_j))
 *
 * A row is a time step where outputs are per step. Targets are class indices, or one row of probabilities each.
 * Probabilities are first divided by their sum. 1 is perfect; a uniform guess over V classes gives V.
 */
export function perplexity(options: PerplexityOptions = {}): Metric {
  const { fromLogits = false } = options;
  return meanMetric(
    {
      metric: 'perplexity',
      direction: 'down',
      config: { fromLogits },
      check: (name, batch) => (batch.targetColumns === 1 ? needSparse : needOneHot)(name, batch),
      value: fromLogits ? crossentropyOfLogits : crossentropyOfProbabilities,
      finish: exp,
    },
    options,
  );
}

function crossentropyOfProbabilities(batch: MetricBatch, r: number): number {
  const { target, prediction, outputs } = batch;
  const at = r * outputs;
  let sum = 0;
  for (let j = 0; j < outputs; j++) sum += prediction[at + j];
  if (batch.targetColumns === 1) return -logOfShare(prediction[at + target[r]], sum);
  let total = 0;
  for (let j = 0; j < outputs; j++) {
    if (target[at + j] !== 0) total -= target[at + j] * logOfShare(prediction[at + j], sum);
  }
  return total;
}

function logOfShare(value: number, sum: number): number {
  return log(Math.min(Math.max(value / sum, EPSILON), 1 - EPSILON));
}

/** −Σ_j target_j · (x_j − ln Σ_k exp x_k), the largest x taken out before exp. */
function crossentropyOfLogits(batch: MetricBatch, r: number): number {
  const { target, prediction, outputs } = batch;
  const at = r * outputs;
  let top = prediction[at];
  for (let j = 1; j < outputs; j++) top = Math.max(top, prediction[at + j]);
  let sum = 0;
  for (let j = 0; j < outputs; j++) sum += exp(prediction[at + j] - top);
  const logSum = top + log(sum);
  if (batch.targetColumns === 1) return logSum - prediction[at + target[r]];
  let total = 0;
  for (let j = 0; j < outputs; j++) {
    if (target[at + j] !== 0) total += target[at + j] * (logSum - prediction[at + j]);
  }
  return total;
}
