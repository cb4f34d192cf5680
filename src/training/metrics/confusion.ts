import { checkOptionNames, ValueError } from '../../errors.js';
import type { Metric, MetricBatch, MetricConfig, NameOption } from './metric.js';
import { checkWhole, divideNoNan, needDenseOrSparse, OwnMetric, targetAt } from './metric.js';

/** Options of {@link precision} and {@link recall}. */
export interface ConfusionOptions extends NameOption {
  /** An output above it counts as positive; 0 to 1. Default 0.5, or none when `topK` is given. */
  thresholds?: number;
  /** Only the k largest outputs of a row can be positive; of equals the first ones. */
  topK?: number;
  /** Looks at this one output only. */
  classId?: number;
}

/** Of the outputs called positive, the share that is.   TP / (TP + FP), 0 when none is called positive */
export function precision(options: ConfusionOptions = {}): Metric {
  return new ConfusionMetric('precision', options, ({ tp, fp }) => divideNoNan(tp, tp + fp));
}

/** Of the positive outputs, the share called so.   TP / (TP + FN), 0 when none is positive */
export function recall(options: ConfusionOptions = {}): Metric {
  return new ConfusionMetric('recall', options, ({ tp, fn }) => divideNoNan(tp, tp + fn));
}

interface Counts {
  tp: number;
  fp: number;
  fn: number;
}

/**
 * Weighted counts over all outputs of all rows: an output is positive when its target is not 0. Targets are
 * dense, or class indices, which count as one-hot.
 */
class ConfusionMetric extends OwnMetric implements Metric {
  readonly name: string;
  readonly config: MetricConfig;
  readonly direction = 'up';
  private readonly counts: Counts = { tp: 0, fp: 0, fn: 0 };
  private readonly limit: number;
  private readonly topK: number;
  private readonly classId: number | undefined;

  constructor(
    private readonly metric: string,
    private readonly options: ConfusionOptions,
    private readonly ratio: (counts: Counts) => number,
  ) {
    super();
    checkOptionNames(metric, options, ['name', 'thresholds', 'topK', 'classId']);
    const { thresholds, topK, classId } = options;
    if (thresholds !== undefined && !(thresholds >= 0 && thresholds <= 1)) {
      throw new ValueError(`${metric}: thresholds must be one number from 0 to 1; got ${thresholds}`);
    }
    if (topK !== undefined) checkWhole(metric, 'topK', topK, 1);
    if (classId !== undefined) checkWhole(metric, 'classId', classId, 0);
    this.name = options.name ?? metric;
    this.config = { metric, ...options, name: this.name };
    const otherwise = topK === undefined ? 0.5 : Number.NEGATIVE_INFINITY;
    this.limit = Math.fround(thresholds ?? otherwise);
    this.topK = topK ?? Number.POSITIVE_INFINITY;
    this.classId = classId;
  }

  twin(): Metric {
    return new ConfusionMetric(this.metric, this.options, this.ratio);
  }

  reset(): void {
    this.counts.tp = 0;
    this.counts.fp = 0;
    this.counts.fn = 0;
  }

  update(batch: MetricBatch): void {
    needDenseOrSparse(this.name, batch);
    const { prediction, rows, outputs, weights } = batch;
    if (this.classId !== undefined && this.classId >= outputs) {
      throw new ValueError(`${this.name}: classId is ${this.classId}, but there are ${outputs} outputs`);
    }
    const first = this.classId ?? 0;
    const last = this.classId ?? outputs - 1;
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      for (let j = first; j <= last; j++) {
        const called = prediction[r * outputs + j] > this.limit && this.isInTopK(batch, r, j);
        const positive = targetAt(batch, r, j) !== 0;
        if (called && positive) this.counts.tp += weight;
        else if (called) this.counts.fp += weight;
        else if (positive) this.counts.fn += weight;
      }
    }
  }

  result(): number {
    return this.ratio(this.counts);
  }

  private isInTopK({ prediction, outputs }: MetricBatch, r: number, j: number): boolean {
    if (this.topK >= outputs) return true;
    const own = prediction[r * outputs + j];
    let before = 0;
    for (let i = 0; i < outputs; i++) {
      const other = prediction[r * outputs + i];
      if (other > own || (other === own && i < j)) before++;
    }
    return before < this.topK;
  }
}
