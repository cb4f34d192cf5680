import { checkOptionNames } from '../../errors.js';
import {
  type Direction,
  type Metric,
  type MetricBatch,
  type MetricConfig,
  type NameOption,
  OwnMetric,
} from './metric.js';

/** What makes a metric that is the weighted mean of a value per row. */
interface MeanParts {
  /** Name of the factory. */
  readonly metric: string;
  readonly direction: Direction;
  /** Options besides the name, with their values. */
  readonly config?: MetricConfig;
  /** Throws when the batch does not suit. */
  check(name: string, batch: MetricBatch): void;
  /** Value of row r. */
  value(batch: MetricBatch, r: number): number;
  /** The result from the mean; the mean itself when left out. */
  finish?(mean: number): number;
}

/**
 * A metric that is the weighted mean of a value per row.   Σ w·v / Σ w,   0 when all weights were 0
 *
 * A row of weight 0 is not looked at: it may hold anything.
 */
class MeanMetric extends OwnMetric implements Metric {
  readonly name: string;
  readonly config: MetricConfig;
  readonly direction: Direction;
  private total = 0;
  private weight = 0;

  constructor(
    private readonly parts: MeanParts,
    name: string,
  ) {
    super();
    this.name = name;
    this.config = { metric: parts.metric, name, ...parts.config };
    this.direction = parts.direction;
  }

  twin(): Metric {
    return new MeanMetric(this.parts, this.name);
  }

  reset(): void {
    this.total = 0;
    this.weight = 0;
  }

  update(batch: MetricBatch): void {
    this.parts.check(this.name, batch);
    for (let r = 0; r < batch.rows; r++) {
      const weight = batch.weights === null ? 1 : batch.weights[r];
      if (weight === 0) continue;
      this.total += weight * this.parts.value(batch, r);
      this.weight += weight;
    }
  }

  result(): number {
    if (this.weight === 0) return 0;
    const mean = this.total / this.weight;
    return this.parts.finish === undefined ? mean : this.parts.finish(mean);
  }
}

/** Makes a {@link MeanMetric} after checking that `options` names nothing but the known ones. */
export function meanMetric(parts: MeanParts, options: NameOption): Metric {
  checkOptionNames(parts.metric, options, ['name', ...Object.keys(parts.config ?? {})]);
  return new MeanMetric(parts, options.name ?? parts.metric);
}
