import { checkInteger } from '../../check.js';
import { ShapeError } from '../../errors.js';

/** One batch of targets and predictions. Time steps count as rows of their own. */
export interface MetricBatch {
  /** `[rows, targetColumns]`, row-major. */
  readonly target: Float32Array;
  /** `[rows, outputs]`, row-major. */
  readonly prediction: Float32Array;
  /** Samples, or samples times steps. */
  readonly rows: number;
  /** Numbers predicted in each row. */
  readonly outputs: number;
  /** As many as `outputs`, or 1 for class indices. */
  readonly targetColumns: number;
  /** One weight a row, or null: every row weighs 1. */
  readonly weights: Float32Array | null;
  /**
   * Where targets are labels of whole sequences, a row of them for each sample: predictions are
   * `[steps, rows, outputs]` then. Else null or left out.
   */
  readonly labels?: LabelBatch | null;
}

/** What belongs to labels of whole sequences. */
export interface LabelBatch {
  /** The class that pads labels, which is the blank. */
  readonly padding: number;
  /** 1 where a step counts and 0 where not, `[steps, rows]`, or null for all. */
  readonly mask: Float32Array | null;
}

/** What a metric was made from: the name of its factory under `metric`, then its options. */
export type MetricConfig = Readonly<Record<string, number | string | boolean>>;

/** A figure that is gathered over the batches of an epoch. Sums are kept in f64. */
export interface Metric {
  /** Key in the records that `fit`, `evaluate` and `trainOnBatch` give. */
  readonly name: string;
  /** What makes the same metric again. */
  readonly config: MetricConfig;
  /** Whether more is better; callbacks with mode 'auto' go by it. */
  readonly direction: Direction;
  /** True for one that compares sequences with labels, as after a loss such as `ctc`. Default false. */
  readonly comparesLabels?: boolean;
  /** Forgets every batch. */
  reset(): void;
  /**
   * Takes a batch in.
   *
   * @throws ShapeError when the metric cannot compare such targets with such outputs
   */
  update(batch: MetricBatch): void;
  /** The figure over every batch since the last reset; 0 when there was none. */
  result(): number;
}

/** A metric of recurra's own: it makes itself again, and a file brings it back by its {@link Metric.config}. */
export abstract class OwnMetric {
  /** The same metric with nothing gathered. */
  abstract twin(): Metric;
}

/** Which way is better: more (`up`) or less (`down`). */
export type Direction = 'up' | 'down';

/** Option that every metric has. */
export interface NameOption {
  /** Key in the records; the name of the factory when left out. */
  name?: string;
}

/** a / b, and 0 where b is 0. */
export function divideNoNan(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** Throws unless there is a target for every output. */
export function needDense(name: string, batch: MetricBatch): void {
  if (batch.targetColumns !== batch.outputs) {
    throw new ShapeError(`${name}: target has ${columns(batch.targetColumns)}, prediction ${batch.outputs}`);
  }
}

/** Throws unless targets are one class index a row and outputs are scores of two or more classes. */
export function needSparse(name: string, batch: MetricBatch): void {
  if (batch.targetColumns === 1 && batch.outputs > 1) return;
  throw new ShapeError(
    `${name}: expected one class index a row and two or more outputs, got a target of ` +
      `${columns(batch.targetColumns)} and ${batch.outputs} outputs`,
  );
}

/** Throws unless targets are one-hot over two or more classes. */
export function needOneHot(name: string, batch: MetricBatch): void {
  if (batch.targetColumns === batch.outputs && batch.outputs > 1) return;
  throw new ShapeError(
    `${name}: expected one-hot targets over two or more classes, got a target of ` +
      `${columns(batch.targetColumns)} and ${batch.outputs} outputs`,
  );
}

/** Throws unless targets are dense, or one class index a row (which then counts as one-hot). */
export function needDenseOrSparse(name: string, batch: MetricBatch): void {
  if (batch.targetColumns !== 1) needDense(name, batch);
}

/** Target of output j in row r, class indices read as one-hot. */
export function targetAt(batch: MetricBatch, r: number, j: number): number {
  if (batch.targetColumns === batch.outputs) return batch.target[r * batch.outputs + j];
  return batch.target[r] === j ? 1 : 0;
}

function columns(count: number): string {
  return count === 1 ? '1 column' : `${count} columns`;
}

/** Throws unless an option is a whole number of at least `least`. */
export function checkWhole(where: string, option: string, value: unknown, least: number): void {
  checkInteger(where, option, value, { min: least });
}
