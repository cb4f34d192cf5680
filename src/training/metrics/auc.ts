import { checkOptionNames, unknownName } from '../../errors.js';
import { exp } from '../../numeric/exp.js';
import { log } from '../../numeric/log.js';
import type { Metric, MetricBatch, MetricConfig, NameOption } from './metric.js';
import { checkWhole, divideNoNan, needDenseOrSparse, OwnMetric, targetAt } from './metric.js';

const CURVES = ['ROC', 'PR'] as const;
const SUMMATIONS = ['interpolation', 'minoring', 'majoring'] as const;

/** Options of {@link auc}. */
export interface AUCOptions extends NameOption {
  /** Points on the curve, 2 or more, at thresholds evenly spaced over 0 to 1. Default 200. */
  numThresholds?: number;
  /** `ROC` (default): true positive rate over false positive rate. `PR`: precision over recall. */
  curve?: (typeof CURVES)[number];
  /**
   * How the area between two points is taken: `interpolation` (default; trapezoids under ROC, the exact
   * integral of Davis & Goadrich 2006 under PR), `minoring` (the lower end), `majoring` (the higher end).
   */
  summationMethod?: (typeof SUMMATIONS)[number];
  /** Whether outputs are logits, which a sigmoid then turns into probabilities. Default false. */
  fromLogits?: boolean;
}

/**
 * Area under a curve of all outputs of all rows together, drawn at fixed thresholds as Keras does: an output p
 * counts as positive at threshold t when p > t, and at the lowest threshold always. Outputs are clipped to
 * [0, 1]. Targets are dense (positive when not 0), or class indices, which count as one-hot.
 *
 * Source: Davis & Goadrich, "The relationship between precision-recall and ROC curves", 2006, section 4.
 */
export function auc(options: AUCOptions = {}): Metric {
  return new AUC(options);
}

/** Weights of positive and negative outputs at or above each threshold, and of all. */
interface Curve {
  readonly tp: Float64Array;
  readonly fp: Float64Array;
}

class AUC extends OwnMetric implements Metric {
  readonly name: string;
  readonly config: MetricConfig;
  readonly direction = 'up';
  private readonly options: Required<Omit<AUCOptions, 'name'>>;
  /** Weight of outputs between threshold i and i + 1, those equal to i + 1 included. */
  private readonly positives: Float64Array;
  private readonly negatives: Float64Array;
  /** Whether an output was NaN, which has no place on the curve. */
  private isUndefined = false;

  constructor(options: AUCOptions) {
    super();
    const defaults = {
      numThresholds: 200,
      curve: 'ROC',
      summationMethod: 'interpolation',
      fromLogits: false,
    };
    checkOptionNames('auc', options, ['name', ...Object.keys(defaults)]);
    const { name = 'auc', ...given } = options;
    this.options = { ...defaults, ...given } as Required<Omit<AUCOptions, 'name'>>;
    const { numThresholds, curve, summationMethod } = this.options;
    checkWhole('auc', 'numThresholds', numThresholds, 2);
    if (!CURVES.includes(curve)) throw unknownName('auc', 'curve', curve, CURVES);
    if (!SUMMATIONS.includes(summationMethod)) {
      throw unknownName('auc', 'summationMethod', summationMethod, SUMMATIONS);
    }
    this.name = name;
    this.config = { metric: 'auc', name, ...this.options };
    this.positives = new Float64Array(numThresholds);
    this.negatives = new Float64Array(numThresholds);
  }

  twin(): Metric {
    return new AUC({ name: this.name, ...this.options });
  }

  reset(): void {
    this.positives.fill(0);
    this.negatives.fill(0);
    this.isUndefined = false;
  }

  update(batch: MetricBatch): void {
    needDenseOrSparse(this.name, batch);
    const { prediction, rows, outputs, weights } = batch;
    const steps = this.options.numThresholds - 1;
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      for (let j = 0; j < outputs; j++) {
        const score = prediction[r * outputs + j];
        const p = Math.min(Math.max(this.options.fromLogits ? sigmoid(score) : score, 0), 1);
        // In f32 as in Keras: most probabilities that stand for i / steps then fall on their threshold.
        const bucket = Math.max(Math.ceil(Math.fround(p * steps)) - 1, 0);
        if (Number.isNaN(bucket)) this.isUndefined = true;
        else if (targetAt(batch, r, j) !== 0) this.positives[bucket] += weight;
        else this.negatives[bucket] += weight;
      }
    }
  }

  result(): number {
    if (this.isUndefined) return Number.NaN;
    const { curve, summationMethod } = this.options;
    const counts = { tp: fromAbove(this.positives), fp: fromAbove(this.negatives) };
    if (curve === 'PR' && summationMethod === 'interpolation') return areaUnderPR(counts);
    const { tp, fp } = counts;
    const recall = tp.map((value) => divideNoNan(value, tp[0]));
    if (curve === 'ROC') {
      const falseRate = fp.map((value) => divideNoNan(value, fp[0]));
      return area(falseRate, recall, summationMethod);
    }
    const precision = tp.map((value, i) => divideNoNan(value, value + fp[i]));
    return area(recall, precision, summationMethod);
  }
}

/** Sums from each place to the end: what lies above each threshold. */
function fromAbove(buckets: Float64Array): Float64Array {
  const sums = buckets.slice();
  for (let i = sums.length - 2; i >= 0; i--) sums[i] += sums[i + 1];
  return sums;
}

/** Area under y over x, both given by rising threshold, so that x falls. */
function area(x: Float64Array, y: Float64Array, method: (typeof SUMMATIONS)[number]): number {
  let total = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    let height = (y[i] + y[i + 1]) / 2;
    if (method === 'minoring') height = Math.min(y[i], y[i + 1]);
    if (method === 'majoring') height = Math.max(y[i], y[i + 1]);
    total += (x[i] - x[i + 1]) * height;
  }
  return total;
}

/**
 * ∫ precision d recall, true positives TP and all called positive P varying linearly between thresholds.
 * From B (above) to A (below), with s = ΔTP / ΔP:   s · (ΔTP + (TP_B − s·P_B) · ln(P_A / P_B)) / positives
 */
function areaUnderPR({ tp, fp }: Curve): number {
  let total = 0;
  for (let i = 0; i + 1 < tp.length; i++) {
    const called = tp[i] + fp[i];
    const calledAbove = tp[i + 1] + fp[i + 1];
    const gained = tp[i] - tp[i + 1];
    const slope = divideNoNan(gained, Math.max(called - calledAbove, 0));
    const intercept = tp[i + 1] - slope * calledAbove;
    const stretch = called > 0 && calledAbove > 0 ? log(called / calledAbove) : 0;
    total += slope * (gained + intercept * stretch);
  }
  return divideNoNan(total, tp[0]);
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}
