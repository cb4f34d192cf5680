import type { SymbolicTensor } from '../../layers/symbolic.js';
import type { Shape } from '../../shape.js';

/** Stands for the size of the batch, which is open. */
export const BATCH: unique symbol = Symbol('batch');
/** Stands for a size that is known only with the data. */
export const OPEN: unique symbol = Symbol('open');

/** An entry of a shape as it is reckoned with. */
export type Dim = number | typeof BATCH | typeof OPEN;

/** Numbers that do not depend on the data. */
export interface Constant {
  readonly kind: 'constant';
  readonly type: 'float' | 'int' | 'bool';
  readonly data: Float32Array | Float64Array;
  readonly shape: Shape;
  /** True where it was reckoned out of others: not what training would move. */
  readonly reckoned?: boolean;
  /** True for whole numbers of one byte with a sign. */
  readonly signed?: boolean;
}

/** A list of sizes (or, with `scalar`, one) some of which are not known as numbers. */
export interface Dims {
  readonly kind: 'dims';
  readonly dims: readonly Dim[];
  readonly scalar: boolean;
}

/** Lengths of the sequences of a batch: an input of the graph that becomes the lengths of another. */
export interface LengthsOf {
  readonly kind: 'lengths';
  readonly input: string;
}

/** What an axis of an ONNX value is: the batch, or the product of factors of a sample, outer ones first. */
export type Axis = typeof BATCH | readonly number[];

/**
 * What flows through the model: a tensor of ours, batch first, read as an ONNX value.
 *
 * ```text
 * tensor [batch, time, 2·units]     factors [[time], [2, units]], counted through: 0 time, 1 direction, 2 units
 * axes   [[0], [1], BATCH, [2]]     is ONNX's [time, direction, batch, units]
 * ```
 */
export interface Flow {
  readonly kind: 'flow';
  readonly tensor: SymbolicTensor;
  /** For each axis of a sample, the sizes whose product it is. */
  readonly factors: readonly (readonly (number | null)[])[];
  readonly axes: readonly Axis[];
}

/** The number of a turn of a loop, or what is counted from the end with it: sign · t + offset. */
export interface Turn {
  readonly kind: 'turn';
  readonly sign: 1 | -1;
  readonly offset: number;
  readonly scalar: boolean;
  /** What a turn takes of a value along an axis that is as long as the loop; null where that cannot be told. */
  readonly step: (flow: Flow, axis: number, turn: Turn) => Flow | null;
}

/** Values one after another; or, with `steps`, those of all turns of a loop, which are its first axis. */
export interface List {
  readonly kind: 'list';
  readonly items: readonly Value[];
  readonly steps?: Flow;
}

/** A value of the graph. */
export type Value = Constant | Dims | LengthsOf | Flow | Turn | List;

/** A tensor of ours whose axes of a sample are ONNX's at these places; the batch is ONNX's axis `batch`. */
export function flowOf(tensor: SymbolicTensor, axes: readonly Axis[]): Flow {
  return { kind: 'flow', tensor, factors: tensor.shape.map((size) => [size]), axes };
}

/** Sizes of an axis of a flow. */
export function dimOf(flow: Flow, axis: number): Dim {
  const of = flow.axes[axis];
  if (of === BATCH) return BATCH;
  const sizes = flow.factors.flat();
  let size = 1;
  for (const factor of of as readonly number[]) {
    const own = sizes[factor];
    if (own === null) return OPEN;
    size *= own;
  }
  return size;
}

/** Shape of a value as ONNX sees it. */
export function dimsOf(value: Value): Dim[] {
  if (value.kind === 'flow') return value.axes.map((_, axis) => dimOf(value, axis));
  if (value.kind === 'lengths') return [BATCH];
  if (value.kind === 'list') return [];
  if (value.kind === 'turn') return value.scalar ? [] : [1];
  if (value.kind === 'dims') return value.scalar ? [] : [value.dims.length];
  return [...value.shape];
}

/** A shape as messages show it. */
export function formatDims(dims: readonly Dim[]): string {
  return `[${dims.map((d) => (d === BATCH ? 'batch' : d === OPEN ? 'any' : String(d))).join(', ')}]`;
}

/** The axis, counted from the end where negative; or −1 where there is none. */
export function axisIn(rank: number, axis: number): number {
  const position = axis < 0 ? axis + rank : axis;
  return Number.isSafeInteger(position) && position >= 0 && position < rank ? position : -1;
}
