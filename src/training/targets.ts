import { DataError, ShapeError } from '../errors.js';
import { gatherTimeMajor } from '../memory/gather.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import { isFlat, type Tensor, tensorOf } from '../tensor.js';
import type { Loss } from './losses/loss.js';

/** Checked targets of one output: row-major, sample by sample. */
export interface Targets {
  readonly data: Float32Array;
  /** Shape of one sample: [columns], or [time, columns]. */
  readonly shape: Shape;
  readonly count: number;
  /** Classes in the label of a sample, padding included, of a loss over sequences with labels; else 1. */
  readonly labels: number;
  /** Whether the loss is over whole sequences. */
  readonly wholeSequences: boolean;
}

/** Checked weights of one output: one number a row, batch-major. */
export interface RowWeights {
  readonly data: Float32Array;
  /** Rows of one sample: 1, or one per time step. */
  readonly rows: number;
}

/** Rows of one sample of an output: 1, or its time steps (and further axes but the last). */
export function rowsOf(outputShape: Shape): number {
  return sizeOf(outputShape.slice(0, -1));
}

/**
 * Checks targets against one output. A column axis of size 1 may be left out, as Keras takes it.
 *
 * @param outputShape concrete shape of one sample of the output
 * @throws ShapeError for a wrong shape, DataError for a value that the loss cannot take
 */
export function resolveTargets(
  where: string,
  value: unknown,
  count: number,
  outputShape: Shape,
  loss: Loss,
): Targets {
  const padding = loss.sequence?.padding ?? null;
  if (padding !== null) return resolveLabels(where, value, count, outputShape, loss, padding);
  const outputs = outputShape[outputShape.length - 1];
  const columns = loss.targetColumns(outputs);
  const shape = [...outputShape.slice(0, -1), columns];
  const given = targetTensor(where, value, shape);
  const expected = formatShape([count, ...shape]);
  const squeezed = columns === 1 ? formatShape([count, ...shape.slice(0, -1)]) : expected;
  const got = formatShape(given.shape);
  if (got !== expected && got !== squeezed) {
    const either = squeezed === expected ? expected : `${expected} or ${squeezed}`;
    throw new ShapeError(`${where}: targets have shape ${got}, expected ${either} for ${loss.name}`);
  }
  checkLabels(where, given.data, count, shape, outputs, loss);
  return { data: given.data, shape, count, labels: 1, wholeSequences: loss.sequence !== null };
}

/** Checks labels of whole sequences: a list of classes for each sample, of unequal length or padded. */
function resolveLabels(
  where: string,
  value: unknown,
  count: number,
  outputShape: Shape,
  loss: Loss,
  padding: number,
): Targets {
  const given = tensorOf(`${where}: targets`, padded(value, padding));
  if (given.shape.length !== 2 || given.shape[0] !== count) {
    const got = formatShape(given.shape);
    throw new ShapeError(`${where}: targets have shape ${got}, expected [${count}, labels] for ${loss.name}`);
  }
  const [, labels] = given.shape;
  checkLabels(where, given.data, count, [labels], outputShape[1], loss);
  return { data: given.data, shape: [labels], count, labels, wholeSequences: true };
}

/** Lists of unequal length filled up with the padding; anything else as it is. */
function padded(value: unknown, padding: number): unknown {
  const isList = (v: unknown): v is ArrayLike<unknown> => Array.isArray(v) || ArrayBuffer.isView(v);
  if (!Array.isArray(value) || value.length === 0 || !value.every(isList)) return value;
  const longest = Math.max(1, ...value.map((list) => list.length));
  if (value.every((list) => list.length === longest)) return value;
  return value.map((list) =>
    Array.from({ length: longest }, (_, i) => (i < list.length ? list[i] : padding)),
  );
}

/** Flat targets take the shape that is expected, where they fill it. */
function targetTensor(where: string, value: unknown, shape: Shape): Tensor {
  const given = tensorOf(`${where}: targets`, value);
  if (!isFlat(value)) return given;
  const size = sizeOf(shape);
  const { length } = given.data;
  if (length % size !== 0) {
    throw new ShapeError(`${where}: targets have ${length} values, expected a multiple of ${size}`);
  }
  return { data: given.data, shape: [length / size, ...shape] };
}

function checkLabels(
  where: string,
  data: Float32Array,
  count: number,
  shape: Shape,
  outputs: number,
  loss: Loss,
): void {
  const rows = rowsOf(shape);
  const fault = loss.check(data, count * rows, outputs);
  if (fault === null) return;
  const sample = Math.floor(fault.row / rows);
  const step = shape.length > 1 ? `, step ${fault.row % rows}` : '';
  const column = shape[shape.length - 1] > 1 ? `, column ${fault.column}` : '';
  throw new DataError(
    `${where}: ${loss.name}: target of sample ${sample}${step}${column} is ${fault.value}, expected ${fault.expected}`,
  );
}

/**
 * Checks sample weights: one number a sample, or one for each time step of each sample where steps have losses.
 * @throws ShapeError, DataError
 */
export function resolveWeights(
  where: string,
  value: unknown,
  count: number,
  outputShape: Shape,
  targets: Targets,
): RowWeights {
  const given = tensorOf(`${where}: sampleWeight`, value);
  const rows = targets.wholeSequences ? 1 : rowsOf(outputShape);
  const size = given.data.length;
  if (given.shape[0] !== count || (size !== count && size !== count * rows)) {
    const perStep = rows > 1 ? ` or [${count}, ${rows}]` : '';
    throw new ShapeError(
      `${where}: sampleWeight has shape ${formatShape(given.shape)}, expected [${count}]${perStep}`,
    );
  }
  const bad = given.data.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY));
  if (bad >= 0) {
    throw new DataError(
      `${where}: sampleWeight ${bad} is ${given.data[bad]}, expected a number of at least 0`,
    );
  }
  return { data: given.data, rows: size / count };
}

/** Copies the weights of a batch [rows] to one number a row of the output, time-major where there are steps. */
export function gatherWeights(
  target: Float32Array,
  weights: RowWeights,
  order: Uint32Array | null,
  from: number,
  count: number,
  outputShape: Shape,
): void {
  const rows = rowsOf(outputShape);
  const time = outputShape.length > 1 ? outputShape[0] : 1;
  if (weights.rows > 1) {
    const width = rows / time;
    gatherTimeMajor(target, weights.data, order, from, count, time, width, weights.rows / width);
    return;
  }
  for (let b = 0; b < count; b++) {
    const weight = weights.data[order === null ? from + b : order[from + b]];
    for (let t = 0; t < time; t++) {
      const start = (t * count + b) * (rows / time);
      target.fill(weight, start, start + rows / time);
    }
  }
}
