import type { SymbolicTensor } from '../../layers/symbolic.js';
import type { Shape } from '../../shape.js';

/** Stands for the size of the batch, which is open. */
export const BATCH: unique symbol = Symbol('batch');
/** Stands for a size that is known only with the data. */
export const OPEN: unique symbol = Symbol('open');

/** So many times the size of the batch: an axis in which it is joined with others. */
export interface Times {
  readonly times: number | typeof OPEN;
}

/** An entry of a shape as it is reckoned with. */
export type Dim = number | typeof BATCH | typeof OPEN | Times;

export const isTimes = (d: Dim): d is Times => typeof d === 'object';

/** Numbers that do not depend on the data. */
export interface Constant {
  readonly kind: 'constant';
  readonly type: 'float' | 'int' | 'bool';
  readonly data: Float32Array | Float64Array;
  readonly shape: Shape;
  /** True where it was reckoned out of others: not what training would move. */
  readonly reckoned?: boolean;
  /** True where a size of 1 stands for an open length, along which all numbers are the same. */
  readonly open?: boolean;
  /** True for whole numbers of one byte with a sign. */
  readonly signed?: boolean;
}

/** A list of sizes (or, with `scalar`, one) some of which are not known as numbers. */
export interface Dims {
  readonly kind: 'dims';
  readonly dims: readonly Dim[];
  readonly scalar: boolean;
  /** The tensor whose length an open size among them is; missing where that is not known. */
  readonly of?: SymbolicTensor;
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
  /** True for an input of booleans, which are 1 and 0. */
  readonly isBool?: boolean;
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

/** Ones above the diagonal of a square as large as an open length, times a number, where it is causal. */
export interface Triangle {
  readonly kind: 'triangle';
  readonly value: number;
  /** True where what is above the diagonal has the value, and all else is 0. */
  readonly isCausal: boolean;
}

/** Which keys a query sees: those up to its own step, or those of a matrix [T, S] or of a value of 1 and 0. */
export type Seen =
  | { readonly kind: 'causal' }
  | { readonly kind: 'matrix'; readonly data: Float32Array; readonly shape: readonly [number, number] }
  | { readonly kind: 'flow'; readonly flow: Flow };

/** Products of queries [..., T, D] and keys [..., S, D] that may become attention: made when more is asked of them. */
export interface Scores {
  readonly kind: 'scores';
  readonly q: Flow;
  readonly k: Flow;
  readonly scale: number;
  readonly seen: Seen | null;
  /** Whether the softmax has been taken. */
  readonly soft: boolean;
  /** Of dropout behind the softmax. */
  readonly rate: number;
  /** Operators since the product. */
  readonly steps: number;
  /** Axes that are joined in the file, where some are. */
  readonly groups: readonly number[] | null;
  readonly make: () => Flow;
}

/** A flow whose axes are joined by runs of so many: [1, 2, 1] joins the second and the third. */
export interface Folded {
  readonly kind: 'folded';
  readonly flow: Flow;
  readonly groups: readonly number[];
}

/** A value of the graph. */
export type Value = Constant | Dims | LengthsOf | Flow | Turn | List | Scores | Triangle | Folded;

/** Sizes of axes of which runs are joined. */
function foldedDims(dims: readonly Dim[], groups: readonly number[]): Dim[] {
  let next = 0;
  return groups.map((size): Dim => {
    const own = dims.slice(next, next + size);
    next += size;
    const others = own.filter((d) => d !== BATCH);
    const known = others.every((d) => typeof d === 'number');
    const product = known ? (others as number[]).reduce((a, b) => a * b, 1) : OPEN;
    return others.length === own.length ? product : product === 1 ? BATCH : { times: product };
  });
}

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
  if (value.kind === 'list' || value.kind === 'triangle') return [];
  if (value.kind === 'folded') return foldedDims(dimsOf(value.flow), value.groups);
  if (value.kind === 'scores') {
    const dims: Dim[] = [...dimsOf(value.q).slice(0, -1), dimsOf(value.k)[value.k.axes.length - 2]];
    return value.groups === null ? dims : foldedDims(dims, value.groups);
  }
  if (value.kind === 'turn') return value.scalar ? [] : [1];
  if (value.kind === 'dims') return value.scalar ? [] : [value.dims.length];
  return [...value.shape];
}

/** A shape as messages show it. */
export function formatDims(dims: readonly Dim[]): string {
  const text = (d: Dim): string => {
    if (isTimes(d)) return `batch · ${text(d.times)}`;
    return d === BATCH ? 'batch' : d === OPEN ? 'any' : String(d);
  };
  return `[${dims.map(text).join(', ')}]`;
}

/** The axis, counted from the end where negative; or −1 where there is none. */
export function axisIn(rank: number, axis: number): number {
  const position = axis < 0 ? axis + rank : axis;
  return Number.isSafeInteger(position) && position >= 0 && position < rank ? position : -1;
}
