import type { Network } from '../model/network.js';
import type { Tensor } from '../tensor.js';
import { planBatches } from '../training/batches.js';
import type { Logs } from '../training/callbacks/callback.js';
import type { Dataset } from '../training/data.js';
import type { Trainer } from '../training/trainer.js';

/** How far one output of a quantised model is from f32. */
export interface OutputDifference {
  /** Layer that makes the output. */
  readonly name: string;
  /** Largest difference. */
  readonly largest: number;
  /** Mean difference. */
  readonly mean: number;
  /** Largest output in f32, for comparison. */
  readonly size: number;
  /** Share of rows whose largest column is the same; null for outputs of one column. */
  readonly sameClass: number | null;
}

/** Differences of one output, element by element and row by row. */
export function compareOutput(name: string, before: Tensor, after: Tensor): OutputDifference {
  const columns = before.shape[before.shape.length - 1];
  let [largest, sum, size] = [0, 0, 0];
  before.data.forEach((v, i) => {
    const difference = Math.abs(after.data[i] - v);
    if (!(difference <= largest)) largest = difference;
    sum += difference;
    size = Math.max(size, Math.abs(v));
  });
  const rows = before.data.length / columns;
  let same = 0;
  for (let r = 0; r < rows; r++) {
    const of = ({ data }: Tensor): number => largestAt(data.subarray(r * columns, (r + 1) * columns));
    if (of(before) === of(after)) same++;
  }
  return {
    name,
    largest,
    mean: sum / before.data.length,
    size,
    sameClass: columns > 1 ? same / rows : null,
  };
}

function largestAt(values: Float32Array): number {
  let at = 0;
  values.forEach((v, i) => {
    if (v > values[at]) at = i;
  });
  return at;
}

/** Loss of the outputs, without penalties on weights, and metrics, as in inference. */
export function measure(trainer: Trainer, data: Dataset, batchSize: number): Logs {
  trainer.resetMetrics(false);
  let sum = 0;
  for (const { from, count } of planBatches(data.count, batchSize, 'quantizationReport')) {
    trainer.evaluateBatch(data, from, count);
    sum += trainer.memory.readLoss(false) * count;
    trainer.updateMetrics(count, false);
  }
  return { loss: sum / data.count, ...trainer.metricResults(false) };
}

/** Runs with every carried state at zero, and puts back what was carried. */
export function fromZeroStates<T>(network: Network, run: () => T): T {
  const carried = network.carried.read();
  network.resetStates();
  try {
    return run();
  } finally {
    network.carried.write(carried);
  }
}
