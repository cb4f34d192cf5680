import { planBatches } from './batches.js';
import type { Logs } from './callbacks/callback.js';
import type { Dataset } from './data.js';
import type { Trainer } from './trainer.js';

/** Mean loss and metrics over a data set, as in inference. */
export function evaluateDataset(trainer: Trainer, data: Dataset, batchSize: number): Logs {
  trainer.resetMetrics(false);
  let lossSum = 0;
  for (const { from, count } of planBatches(data.count, batchSize, 'evaluate')) {
    lossSum += trainer.evaluateBatch(data, from, count) * count;
    trainer.updateMetrics(count, false);
  }
  return { loss: lossSum / data.count, ...trainer.metricResults(false) };
}
