import { editDistance } from '../../decoding/edit-distance.js';
import { greedyPath } from '../../decoding/greedy.js';
import { checkOptionNames } from '../../errors.js';
import { divideNoNan, type Metric, type MetricBatch, type NameOption, OwnMetric } from './metric.js';

/**
 * Errors in the labels that are read greedily from sequences, over the classes that labels have.
 *
 * ```text
 * Σ_b w_b · edit distance(read_b, label_b) / Σ_b w_b · length(label_b)
 * ```
 *
 * For losses whose targets are labels of whole sequences, such as `ctc`. 0 is perfect; above 1 more is read than is
 * there. Source: Graves et al. 2006, section 2.1
 */
export function labelErrorRate(options: NameOption = {}): Metric {
  checkOptionNames('labelErrorRate', options, ['name']);
  return new LabelErrorRate(options.name ?? 'labelErrorRate');
}

class LabelErrorRate extends OwnMetric implements Metric {
  readonly config;
  readonly direction = 'down';
  readonly comparesLabels = true;
  private errors = 0;
  private classes = 0;

  constructor(readonly name: string) {
    super();
    this.config = { metric: 'labelErrorRate', name };
  }

  twin(): Metric {
    return new LabelErrorRate(this.name);
  }

  reset(): void {
    this.errors = 0;
    this.classes = 0;
  }

  update({ target, prediction, rows, outputs, targetColumns, weights, labels }: MetricBatch): void {
    const { padding = 0, mask = null } = labels ?? {};
    const steps = rows === 0 ? 0 : prediction.length / (rows * outputs);
    for (let b = 0; b < rows; b++) {
      const counting: number[] = [];
      for (let t = 0; t < steps; t++) {
        if (mask === null || mask[t * rows + b] !== 0) counting.push((t * rows + b) * outputs);
      }
      const label = target.subarray(b * targetColumns, (b + 1) * targetColumns);
      const end = label.indexOf(padding);
      const own = end < 0 ? label : label.subarray(0, end);
      const read = greedyPath({ data: prediction, classes: outputs, rows: counting }, padding).labels;
      const weight = weights === null ? 1 : weights[b];
      this.errors += weight * editDistance(read, own);
      this.classes += weight * own.length;
    }
  }

  result(): number {
    return divideNoNan(this.errors, this.classes);
  }
}
