import { argmax } from '../argmax.js';
import { meanMetric } from './mean.js';
import type { Metric, MetricBatch, NameOption } from './metric.js';
import { checkWhole, needOneHot, needSparse } from './metric.js';

/** Options of {@link topKCategoricalAccuracy} and {@link sparseTopKCategoricalAccuracy}. */
export interface TopKOptions extends NameOption {
  /** How many of the largest outputs to look at. Default 5. */
  k?: number;
}

/**
 * Share of rows in which fewer than k outputs are larger than that of the one-hot target's class.
 * So classes that tie for the last place are all in, as in Keras; an output that is not finite is out.
 */
export function topKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  return topK('topKCategoricalAccuracy', options, needOneHot, ({ target, outputs }, r) =>
    argmax(target, r * outputs, outputs),
  );
}

/** As {@link topKCategoricalAccuracy}, for targets that name the class by its index. */
export function sparseTopKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  return topK('sparseTopKCategoricalAccuracy', options, needSparse, ({ target }, r) => target[r]);
}

function topK(
  metric: string,
  options: TopKOptions,
  check: (name: string, batch: MetricBatch) => void,
  label: (batch: MetricBatch, r: number) => number,
): Metric {
  const { k = 5 } = options;
  checkWhole(metric, 'k', k, 1);
  const value = (batch: MetricBatch, r: number): number => {
    const { prediction, outputs } = batch;
    const index = label(batch, r);
    if (!(index >= 0 && index < outputs)) return 0;
    const own = prediction[r * outputs + index];
    if (!Number.isFinite(own)) return 0;
    let larger = 0;
    for (let i = r * outputs; i < (r + 1) * outputs; i++) if (prediction[i] > own) larger++;
    return larger < k ? 1 : 0;
  };
  return meanMetric({ metric, direction: 'up', config: { k }, check, value }, options);
}
