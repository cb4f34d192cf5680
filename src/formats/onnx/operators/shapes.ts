import { lastStep } from '../../../layers/masking/index.js';
import { concatenate } from '../../../layers/merge/index.js';
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
  formatDims,
  OPEN,
} from '../values.js';
import { embeddingOf } from './dense.js';
import { regrouped } from './regroup.js';

/** A list of axes: an attribute up to opset 12, an input from 13 on. */
function axesOf(node: NodeUse, rank: number): number[] | null {
  const given = (node.inputs[1] ?? null) === null ? node.ints('axes') : node.constant(1, 'axes').data;
  if (given === undefined) return null;
  return [...given].map((axis) => {
    const position = axisIn(rank, axis);
    return position < 0 ? node.refuse(`has no axis ${axis}`) : position;
  });
}

const transpose: Operator = (node) => {
  const x = node.flow(0);
  const order = node.ints('perm') ?? x.axes.map((_, i) => x.axes.length - 1 - i);
  const sorted = [...order].sort((a, b) => a - b);
  if (sorted.length !== x.axes.length || sorted.some((axis, i) => axis !== i)) {
    node.refuse(`perm is ${order.join(', ')} for ${x.axes.length} axes`);
  }
  return [{ ...x, axes: order.map((axis) => x.axes[axis]) }];
};

const squeeze: Operator = (node) => {
  const value = node.input(0);
  if (value.kind === 'dims') return [{ ...value, scalar: value.dims.length === 1 }];
  if (value.kind === 'lengths') return [value];
  const dims = dimsOf(value);
  const gone = axesOf(node, dims.length) ?? dims.flatMap((d, axis) => (d === 1 ? [axis] : []));
  if (gone.some((axis) => dims[axis] !== 1)) {
    node.refuse(`axes ${gone.join(', ')} of ${formatDims(dims)} are not all of size 1`);
  }
  const kept = <T>(list: readonly T[]): T[] => list.filter((_, axis) => !gone.includes(axis));
  if (value.kind === 'constant') return [{ ...value, shape: kept(value.shape) }];
  return [{ ...value, axes: kept(value.axes) }];
};

const unsqueeze: Operator = (node) => {
  const value = node.input(0);
  const dims = dimsOf(value);
  const count = node.inputs[1] ? node.constant(1, 'axes').data.length : (node.ints('axes')?.length ?? 0);
  const added = axesOf(node, dims.length + count) ?? node.refuse('has no axes');
  if (value.kind === 'dims') return [{ ...value, scalar: false }];
  const widen = <T>(list: readonly T[], one: T): T[] => {
    const left = [...list];
    return Array.from({ length: list.length + count }, (_, axis) =>
      added.includes(axis) ? one : (left.shift() as T),
    );
  };
  if (value.kind === 'constant') return [{ ...value, shape: widen(value.shape, 1) }];
  if (value.kind !== 'flow') return node.refuse('its input is a list of lengths');
  return [{ ...value, axes: widen<Axis>(value.axes, []) }];
};

/** Sizes that a constant takes, −1 found from the others. */
function constantShape(node: NodeUse, count: number, targets: readonly Dim[]): number[] {
  const sizes = targets.map((d) =>
    typeof d === 'number' ? d : node.refuse('its shape depends on the data'),
  );
  const given = sizes.filter((d) => d !== -1).reduce((a, b) => a * b, 1);
  const shape = sizes.map((d) => (d === -1 ? count / given : d));
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== count || shape.some((d) => !Number.isSafeInteger(d) || d < 0)) {
    node.refuse(`${count} numbers do not fill ${formatDims(targets)}`);
  }
  return shape;
}

function toShape(node: NodeUse, targets: readonly Dim[]): ReturnType<Operator> {
  const value = node.input(0);
  if (value.kind === 'dims') return [{ ...value, scalar: targets.length === 0 }];
  if (value.kind === 'constant')
    return [{ ...value, shape: constantShape(node, value.data.length, targets) }];
  if (value.kind !== 'flow') return node.refuse('its input is a list of lengths');
  const found = regrouped(value, targets);
  if (found !== null) return [found];
  return node.refuse(
    `from ${formatDims(dimsOf(value))} to ${formatDims(targets)} the batch would not stay an axis of its own`,
  );
}

const reshape: Operator = (node) => {
  const from = dimsOf(node.input(0));
  const copies = node.int('allowzero', 0) === 0;
  const targets = node.dims(1, 'shape').map((d, i) => (d === 0 && copies ? (from[i] ?? 0) : d));
  return toShape(node, targets);
};

const flatten: Operator = (node) => {
  const dims = dimsOf(node.flow(0));
  const axis = node.int('axis', 1);
  if (axis !== 1 || dims[0] !== BATCH) node.refuse('only the axes behind the batch can be flattened');
  return toShape(node, [BATCH, -1]);
};

const concat: Operator = (node) => {
  if (node.inputs.every((value) => value === null || value.kind !== 'flow')) {
    const dims = node.inputs.flatMap((_, i) => [...node.dims(i, 'a part')]);
    return [{ kind: 'dims', dims, scalar: false }];
  }
  const flows = node.inputs.map((_, i) => node.flow(i));
  const [first] = flows;
  const axis = axisIn(first.axes.length, node.int('axis', 0));
  if (axis < 0 || flows.some((flow) => flow.axes.indexOf(BATCH) !== first.axes.indexOf(BATCH))) {
    node.refuse(`joins ${flows.map((flow) => formatDims(dimsOf(flow))).join(' and ')}`);
  }
  if (first.axes[axis] === BATCH) node.refuse('joins batches');
  if (flows.length === 1) return [first];
  return [joined(node, flows, axis)];
};

function joined(node: NodeUse, flows: readonly Flow[], axis: number): Flow {
  const [first] = flows;
  const groups = first.axes.flatMap((of, i) => (of === BATCH ? [] : [[i]]));
  const parts = flows.map((flow) => arrange(node.where, node.builder, flow, groups));
  const place = groups.findIndex(([i]) => i === axis);
  const tensor = node.builder
    .layer('concatenate', node.proto, (name) => concatenate({ axis: place + 1, name }))
    .apply(parts);
  let next = 0;
  const axes = first.axes.map((of): Axis => (of === BATCH ? BATCH : [next++]));
  return { kind: 'flow', tensor, factors: tensor.shape.map((size) => [size]), axes };
}

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

const gather: Operator = (node) => {
  const value = node.input(0);
  const rank = dimsOf(value).length;
  const axis = axisIn(rank, node.int('axis', 0));
  if (axis < 0) node.refuse(`has no axis ${node.int('axis', 0)}`);
  const ids = node.input(1);
  if (value.kind === 'constant' && ids.kind === 'flow' && axis === 0) return [embeddingOf(node, value, ids)];
  const at = node.constant(1, 'indices');
  if (value.kind === 'dims' || (value.kind === 'constant' && value.type !== 'float' && rank === 1)) {
    const list: readonly Dim[] = value.kind === 'dims' ? value.dims : [...value.data];
    const dims = [...at.data].map(
      (i) => list[i < 0 ? i + list.length : i] ?? node.refuse(`has no entry ${i}`),
    );
    return [{ kind: 'dims', dims, scalar: at.shape.length === 0 }];
  }
  const flow = node.flow(0);
  if (at.data.length !== 1) node.refuse('takes several positions of a value that depends on the data');
  const size = dimOf(flow, axis);
  if (size === BATCH) return node.refuse('takes a sample of the batch');
  if (size === OPEN) return [ofOpenAxis(node, flow, axis, at)];
  const start = at.data[0] < 0 ? at.data[0] + size : at.data[0];
  if (start < 0 || start >= size) node.refuse(`has no position ${at.data[0]}`);
  const part = cut(node.where, node.builder, flow, axis, start, 1);
  const axes = at.shape.length === 0 ? part.axes.filter((_, i) => i !== axis) : part.axes;
  return [{ ...part, axes }];
};

const sliceOperator: Operator = (node) => {
  const old = node.opset < 10;
  const list = (index: number, name: string): readonly number[] | undefined =>
    old ? node.ints(name) : node.inputs[index] ? [...node.constant(index, name).data] : undefined;
  const starts = list(1, 'starts') ?? node.refuse('has no starts');
  const ends = list(2, 'ends') ?? node.refuse('has no ends');
  const axes = list(3, 'axes') ?? starts.map((_, i) => i);
  if ((list(4, 'steps') ?? []).some((step) => step !== 1)) node.refuse('steps are not 1');
  const value = node.input(0);
  const bounds = (i: number, size: number): readonly [number, number] => {
    const held = (at: number): number => Math.min(size, Math.max(0, at < 0 ? at + size : at));
    return [held(starts[i]), held(ends[i] ?? size)];
  };
  if (
    value.kind === 'dims' ||
    (value.kind === 'constant' && value.type !== 'float' && value.shape.length === 1)
  ) {
    const all: readonly Dim[] = value.kind === 'dims' ? value.dims : [...value.data];
    const [from, to] = bounds(0, all.length);
    return [{ kind: 'dims', dims: all.slice(from, to), scalar: false }];
  }
  if (value.kind === 'constant') {
    return [
      axes.reduce((from, given, i) => {
        const axis = axisIn(from.shape.length, given);
        if (axis < 0) node.refuse(`has no axis ${given}`);
        const [first, end] = bounds(i, from.shape[axis]);
        const positions = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
        return taken(from, axis, positions);
      }, value),
    ];
  }
  let flow = node.flow(0);
  axes.forEach((given, i) => {
    const axis = axisIn(flow.axes.length, given);
    const size = axis < 0 ? node.refuse(`has no axis ${given}`) : dimOf(flow, axis);
    if (starts[i] === 0 && (ends[i] ?? 0) >= 2 ** 31 - 1) return;
    if (typeof size !== 'number') node.refuse('takes a part of an axis of open length');
    const [from, to] = bounds(i, size as number);
    if (to <= from) node.refuse(`takes nothing of axis ${axis}`);
    flow = cut(node.where, node.builder, flow, axis, from, to - from);
  });
  return [flow];
};

const split: Operator = (node) => {
  const flow = node.flow(0);
  const axis = axisIn(flow.axes.length, node.int('axis', 0));
  const size = axis < 0 ? node.refuse(`has no axis ${node.int('axis', 0)}`) : dimOf(flow, axis);
  if (typeof size !== 'number') return node.refuse('divides an axis of open length');
  const count = node.proto.outputs.length;
  const even = Array.from({ length: count }, (_, i) =>
    Math.min(Math.ceil(size / count), size - i * Math.ceil(size / count)),
  );
  const sizes = node.ints('split') ?? (node.inputs[1] ? [...node.constant(1, 'split').data] : even);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (sizes.length !== count || total !== size || sizes.some((d) => d < 1)) {
    node.refuse(`parts ${sizes.join(', ')} do not make ${size}`);
  }
  const whole = straight(node.where, node.builder, flow);
  let start = 0;
  return sizes.map((d, i) => {
    const from = start;
    start += d;
    return node.reads(i) ? cut(node.where, node.builder, whole, axis, from, d) : undefined;
  });
};

/** Operators that only move values, or say where they are. */
export const SHAPE_OPERATORS: Readonly<Record<string, Operator>> = {
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Reshape: reshape,
  Flatten: flatten,
  Concat: concat,
  Gather: gather,
  Slice: sliceOperator,
  Split: split,
};
