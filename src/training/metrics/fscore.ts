import { checkOptionNames, unknownName, ValueError } from '../../errors.js';
import type { Metric, MetricBatch, MetricConfig, NameOption } from './metric.js';
import { divideNoNan, needDenseOrSparse, OwnMetric, targetAt } from './metric.js';

/** The largest output of a row is positive only above this, so that a row of zeros calls nothing (as Keras). */
const NOTHING = 1e-9;

/** How the scores of several outputs become one number. */
export type Average = 'micro' | 'macro' | 'weighted';

const AVERAGES: readonly Average[] = ['micro', 'macro', 'weighted'];

/** Options of {@link f1Score}. */
export interface F1ScoreOptions extends NameOption {
  /**
   * `micro`: one score over the counts of all outputs; `macro` (default): mean of the outputs' scores;
   * `weighted`: their mean weighted by how often each output is positive. Keras's default gives a list.
   */
  average?: Average;
  /**
   * An output above it counts as positive; above 0, at most 1. When left out the largest output of a row is
   * positive (all of them, if several are equal; none, if it is 0), or above 0.5 where there is one output.
   */
  threshold?: number;
}

/**
 * Harmonic mean of precision and recall.   F1 = 2·TP / (2·TP + FP + FN), 0 where nothing is or is called positive
 *
 * Targets are dense, or class indices, which count as one-hot. Keras adds 1e-7 to every denominator instead
 * of asking whether it is 0; the difference is below f32.
 */
export function f1Score(options: F1ScoreOptions = {}): Metric {
  return new F1Score(options);
}

class F1Score extends OwnMetric implements Metric {
  readonly name: string;
  readonly config: MetricConfig;
  readonly direction = 'up';
  private readonly average: Average;
  private readonly threshold: number | undefined;
  private truePositives = new Float64Array(0);
  private falsePositives = new Float64Array(0);
  private falseNegatives = new Float64Array(0);

  constructor(private readonly options: F1ScoreOptions) {
    super();
    checkOptionNames('f1Score', options, ['name', 'average', 'threshold']);
    const { average = 'macro', threshold } = options;
    if (!AVERAGES.includes(average)) throw unknownName('f1Score', 'average', average, AVERAGES);
    if (threshold !== undefined && !(threshold > 0 && threshold <= 1)) {
      throw new ValueError(`f1Score: threshold must be above 0 and at most 1; got ${threshold}`);
    }
    this.average = average;
    this.threshold = threshold === undefined ? undefined : Math.fround(threshold);
    this.name = options.name ?? 'f1Score';
    this.config = { metric: 'f1Score', average, ...options, name: this.name };
  }

  twin(): Metric {
    return new F1Score(this.options);
  }

  reset(): void {
    this.truePositives.fill(0);
    this.falsePositives.fill(0);
    this.falseNegatives.fill(0);
  }

  update(batch: MetricBatch): void {
    needDenseOrSparse(this.name, batch);
    const { prediction, rows, outputs, weights } = batch;
    if (this.truePositives.length !== outputs) {
      this.truePositives = new Float64Array(outputs);
      this.falsePositives = new Float64Array(outputs);
      this.falseNegatives = new Float64Array(outputs);
    }
    const limit = this.threshold ?? (outputs === 1 ? 0.5 : undefined);
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      const top = limit === undefined ? largest(prediction, r * outputs, outputs) : 0;
      for (let j = 0; j < outputs; j++) {
        const score = prediction[r * outputs + j];
        const target = targetAt(batch, r, j) * weight;
        if (limit === undefined ? score >= top && Math.abs(score) > NOTHING : score > limit) {
          this.truePositives[j] += target;
          this.falsePositives[j] += weight - target;
        } else {
          this.falseNegatives[j] += target;
        }
      }
    }
  }

  result(): number {
    const { truePositives: tp, falsePositives: fp, falseNegatives: fn } = this;
    if (this.average === 'micro') return harmonic(sum(tp), sum(fp), sum(fn));
    const support = sum(tp) + sum(fn);
    let total = 0;
    for (let j = 0; j < tp.length; j++) {
      const share = this.average === 'macro' ? 1 / tp.length : divideNoNan(tp[j] + fn[j], support);
      total += share * harmonic(tp[j], fp[j], fn[j]);
    }
    return total;
  }
}

function harmonic(tp: number, fp: number, fn: number): number {
  return divideNoNan(2 * tp, 2 * tp + fp + fn);
}

function largest(values: Float32Array, at: number, count: number): number {
  let top = values[at];
  for (let i = at + 1; i < at + count; i++) if (values[i] > top) top = values[i];
  return top;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
