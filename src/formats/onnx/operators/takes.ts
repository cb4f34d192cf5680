import type { Layer } from '../../../layers/layer.js';
import { lastStep } from '../../../layers/masking/index.js';
import { reverse } from '../../../layers/shaping/index.js';
import { sizeOf } from '../../../shape.js';
import { arrange, cut, straight } from '../arrange.js';
import { taken } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import {
  type Axis,
  axisIn,
  BATCH,
  type Constant,
  type Dim,
  dimOf,
  dimsOf,
  type Flow,
  flowOf,
  OPEN,
  type Turn,
  type Value,
} from '../values.js';
import { embeddingOf } from './dense.js';
import { joined } from './shapes.js';

/** One position on the axis of time, where that is open: the last, or one counted from the start. */
function ofOpenAxis(node: NodeUse, flow: Flow, axis: number, at: Constant): Flow {
  const [position] = at.data;
  const plain = straight(node.where, node.builder, flow);
  const [factor] = plain.axes[axis] as readonly number[];
  if (position !== -1 || factor !== 0 || plain.tensor.shape.length < 2) {
    return node.refuse(`takes position ${position} of an axis of open length`);
  }
  if (node.builder.hasLengths) node.refuse('takes the last step of sequences that have lengths');
  const tensor = node.builder.layer('lastStep', node.proto, (name) => lastStep({ name })).apply(plain.tensor);
  const axes = plain.axes.map((of, i): Axis => {
    if (of === BATCH || i === axis) return i === axis ? [] : BATCH;
    return (of as readonly number[]).map((own) => own - 1);
  });
  return flowOf(tensor, at.shape.length === 0 ? axes.filter((_, i) => i !== axis) : axes);
}

/** Entries of a constant on one axis, in the shape of the indices. */
function gathered(node: NodeUse, value: Constant, at: Constant, axis: number): Constant {
  const size = value.shape[axis];
  const places = Array.from(at.data, (i) => (i < 0 ? i + size : i));
  if (places.some((i) => !(i >= 0 && i < size))) node.refuse(`has no entry ${at.data.join(', ')}`);
  const row = sizeOf(value.shape) / Math.max(1, size);
  node.builder.unfold(node.where, row * places.length);
  const found = taken(value, axis, places);
  return { ...found, shape: [...value.shape.slice(0, axis), ...at.shape, ...value.shape.slice(axis + 1)] };
}

/** Positions that are taken one by one at most. */
const MOST_PARTS = 64;

/** Some positions of an axis of known size, joined again where they do not follow one another. */
function positions(node: NodeUse, flow: Flow, axis: number, places: readonly number[]): Flow {
  const runs: { start: number; size: number }[] = [];
  for (const place of places) {
    const last = runs[runs.length - 1];
    if (last !== undefined && place === last.start + last.size) last.size++;
    else runs.push({ start: place, size: 1 });
  }
  if (runs.length > MOST_PARTS)
    node.refuse(`takes ${runs.length} parts of an axis, ${MOST_PARTS} at most are taken`);
  // One run is cut where it lies; several are cut from axes of their own, so that they lie alike.
  const whole = runs.length === 1 ? flow : straight(node.where, node.builder, flow);
  const parts = runs.map(({ start, size }) => cut(node.where, node.builder, whole, axis, start, size));
  return parts.length === 1 ? parts[0] : joined(node, parts, axis);
}

function several(node: NodeUse, flow: Flow, axis: number, at: Constant): Flow {
  const size = dimOf(flow, axis);
  if (typeof size !== 'number' || at.shape.length !== 1 || at.data.length === 0) {
    return node.refuse('takes several positions of the batch, or of an axis of open length');
  }
  const places = Array.from(at.data, (i) => (i < 0 ? i + size : i));
  if (places.some((i) => !(i >= 0 && i < size))) node.refuse(`has no entry ${at.data.join(', ')}`);
  return positions(node, flow, axis, places);
}

/** What the turn of a loop takes of a sequence. */
function ofTurn(node: NodeUse, value: Value, axis: number, turn: Turn): Flow {
  const step = value.kind === 'flow' ? turn.step(value, axis, turn) : null;
  if (step === null)
    return node.refuse('what it takes at each turn is no step of a sequence as long as the loop');
  if (turn.scalar) return step;
  return { ...step, axes: [...step.axes.slice(0, axis), [] as Axis, ...step.axes.slice(axis)] };
}

const gather: Operator = (node) => {
  const value = node.input(0);
  const rank = dimsOf(value).length;
  const axis = axisIn(rank, node.int('axis', 0));
  if (axis < 0) node.refuse(`has no axis ${node.int('axis', 0)}`);
  const ids = node.input(1);
  if (value.kind === 'constant' && ids.kind === 'flow' && axis === 0) return [embeddingOf(node, value, ids)];
  if (ids.kind === 'turn') return [ofTurn(node, value, axis, ids)];
  const at = node.constant(1, 'indices');
  if (value.kind === 'dims' || (value.kind === 'constant' && value.type !== 'float' && rank === 1)) {
    const list: readonly Dim[] = value.kind === 'dims' ? value.dims : [...value.data];
    const dims = [...at.data].map(
      (i) => list[i < 0 ? i + list.length : i] ?? node.refuse(`has no entry ${i}`),
    );
    const { of } = value.kind === 'dims' ? value : {};
    return [{ kind: 'dims', dims, scalar: at.shape.length === 0, of }];
  }
  if (value.kind === 'constant') return [gathered(node, value, at, axis)];
  const flow = node.flow(0);
  if (at.data.length !== 1) return [several(node, flow, axis, at)];
  const size = dimOf(flow, axis);
  if (size === BATCH) return node.refuse('takes a sample of the batch');
  if (size === OPEN) return [ofOpenAxis(node, flow, axis, at)];
  if (typeof size !== 'number') return node.refuse('takes a part of an axis that the batch is part of');
  const start = at.data[0] < 0 ? at.data[0] + size : at.data[0];
  if (start < 0 || start >= size) node.refuse(`has no position ${at.data[0]}`);
  const part = cut(node.where, node.builder, flow, axis, start, 1);
  const axes = at.shape.length === 0 ? part.axes.filter((_, i) => i !== axis) : part.axes;
  return [{ ...part, axes }];
};

/** What a slice takes of one axis. */
interface Taken {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Attributes up to opset 9, inputs from 10 on. */
function slicesOf(node: NodeUse, rank: number): Taken[] {
  const list = (index: number, name: string): readonly number[] | undefined => {
    if (node.opset < 10) return node.ints(name);
    return node.inputs[index] ? [...node.constant(index, name).data] : undefined;
  };
  const starts = list(1, 'starts') ?? node.refuse('has no starts');
  const ends = list(2, 'ends') ?? node.refuse('has no ends');
  const axes = list(3, 'axes') ?? starts.map((_, i) => i);
  const steps = list(4, 'steps') ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length))
    node.refuse('its lists differ in length');
  return axes.map((given, i) => {
    const axis = axisIn(rank, given);
    if (axis < 0 || steps[i] === 0) node.refuse(`takes steps of ${steps[i]} on axis ${given}`);
    return { axis, start: starts[i], end: ends[i], step: steps[i] };
  });
}

/** The first position of a slice, and how many there are. */
function extentOf({ start, end, step }: Taken, size: number): { from: number; count: number } {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const held = (at: number): number => Math.min(high, Math.max(low, at < 0 ? at + size : at));
  const [from, to] = [held(start), held(end)];
  return { from, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** The positions of a slice, in order. */
function placesOf(part: Taken, size: number): number[] {
  const { from, count } = extentOf(part, size);
  return Array.from({ length: count }, (_, i) => from + i * part.step);
}

/** Far enough to be the end of every axis. */
const FAR = 2 ** 31 - 2;

function slicedFlow(node: NodeUse, flow: Flow, part: Taken): Flow {
  const { axis, start, end, step } = part;
  if (step === 1 && start === 0 && end >= FAR) return flow;
  const size = dimOf(flow, axis);
  if (step === -1 && start >= -1 && (start === -1 || start >= FAR) && end <= -FAR && size !== BATCH) {
    return turnedRound(node, flow, axis);
  }
  if (typeof size !== 'number') return node.refuse('takes a part of the batch, or of an axis of open length');
  const { from, count } = extentOf(part, size);
  if (count === 0) node.refuse(`takes nothing of axis ${axis}`);
  if (step === 1) return cut(node.where, node.builder, flow, axis, from, count);
  if (count > MOST_PARTS) node.refuse(`takes ${count} parts of an axis, ${MOST_PARTS} at most are taken`);
  return positions(node, flow, axis, placesOf(part, size));
}

/** An axis from its end: `reverse` where it is the time of a sequence. */
function turnedRound(node: NodeUse, flow: Flow, axis: number): Flow {
  const others = flow.axes.flatMap((of, i) => (of === BATCH || i === axis ? [] : [i]));
  const sizes = others.map((i) => dimOf(flow, i));
  if (sizes.some((d) => typeof d !== 'number')) node.refuse('turns an axis beside one of open length');
  const x = arrange(node.where, node.builder, flow, [[axis], others]);
  const make = (name: string): Layer => reverse({ name });
  const tensor = node.builder.layer('reverse', node.proto, make).apply(x);
  const axes = flow.axes.map((of, i): Axis => {
    if (of === BATCH) return BATCH;
    return i === axis ? [0] : [1 + others.indexOf(i)];
  });
  const factors = [[tensor.shape[0]], sizes.length === 0 ? [1] : (sizes as number[])];
  return { kind: 'flow', tensor, factors, axes };
}

const sliceOperator: Operator = (node) => {
  const value = node.input(0);
  const parts = slicesOf(node, dimsOf(value).length);
  if (value.kind === 'dims') {
    const places = placesOf(parts[0], value.dims.length);
    return [{ ...value, dims: places.map((i) => value.dims[i]), scalar: false }];
  }
  if (value.kind === 'constant') {
    return [
      parts.reduce((from, part) => taken(from, part.axis, placesOf(part, from.shape[part.axis])), value),
    ];
  }
  return [parts.reduce((from, part) => slicedFlow(node, from, part), node.flow(0))];
};

/** Sizes of the parts: given, or as equal as they come. */
function partSizes(node: NodeUse, size: number): readonly number[] {
  const count = node.proto.outputs.length;
  const most = Math.ceil(size / count);
  const even = Array.from({ length: count }, (_, i) => Math.min(most, size - i * most));
  const sizes = node.ints('split') ?? (node.inputs[1] ? [...node.constant(1, 'split').data] : even);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (sizes.length !== count || total !== size || sizes.some((d) => d < 1)) {
    node.refuse(`parts ${sizes.join(', ')} do not make ${size}`);
  }
  return sizes;
}

function splitConstant(node: NodeUse, value: Constant): Constant[] {
  const axis = axisIn(value.shape.length, node.int('axis', 0));
  if (axis < 0) node.refuse(`has no axis ${node.int('axis', 0)}`);
  let start = 0;
  return partSizes(node, value.shape[axis]).map((size) => {
    const from = start;
    start += size;
    return taken(
      value,
      axis,
      Array.from({ length: size }, (_, i) => from + i),
    );
  });
}

const split: Operator = (node) => {
  const given = node.input(0);
  if (given.kind === 'constant') return splitConstant(node, given);
  const flow = node.flow(0);
  const axis = axisIn(flow.axes.length, node.int('axis', 0));
  const size = axis < 0 ? node.refuse(`has no axis ${node.int('axis', 0)}`) : dimOf(flow, axis);
  if (typeof size !== 'number') return node.refuse('divides an axis of open length');
  const sizes = partSizes(node, size);
  const whole = straight(node.where, node.builder, flow);
  let start = 0;
  return sizes.map((d, i) => {
    const from = start;
    start += d;
    return node.reads(i) ? cut(node.where, node.builder, whole, axis, from, d) : undefined;
  });
};

/** Operators that take a part of a value. */
export const TAKE_OPERATORS: Readonly<Record<string, Operator>> = {
  Gather: gather,
  Slice: sliceOperator,
  Split: split,
};
