import type { Layer } from '../../../layers/layer.js';
import { concatenate } from '../../../layers/merge/index.js';
import { reshape } from '../../../layers/shaping/index.js';
import { sizeOf } from '../../../shape.js';
import { arrange } from '../arrange.js';
import { constantOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import {
  type Axis,
  axisIn,
  BATCH,
  type Constant,
  type Dim,
  dimsOf,
  type Flow,
  flowOf,
  formatDims,
} from '../values.js';
import { turned } from './fold.js';
import { joinedTo } from './folded.js';
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
  const x = node.input(0);
  const rank = dimsOf(x).length;
  const order = node.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const sorted = [...order].sort((a, b) => a - b);
  if (sorted.length !== rank || sorted.some((axis, i) => axis !== i)) {
    node.refuse(`perm is ${order.join(', ')} for ${rank} axes`);
  }
  if (x.kind !== 'flow') return [turned(node.constant(0, 'input'), order)];
  return [{ ...x, axes: order.map((axis) => x.axes[axis]) }];
};

const squeeze: Operator = (node) => {
  const value = node.input(0);
  if (value.kind === 'dims') return [{ ...value, scalar: value.dims.length === 1 }];
  if (value.kind === 'lengths') return [value];
  if (value.kind === 'turn') return [{ ...value, scalar: true }];
  const dims = dimsOf(value);
  const gone = axesOf(node, dims.length) ?? dims.flatMap((d, axis) => (d === 1 ? [axis] : []));
  if (gone.some((axis) => dims[axis] !== 1)) {
    node.refuse(`axes ${gone.join(', ')} of ${formatDims(dims)} are not all of size 1`);
  }
  const kept = <T>(list: readonly T[]): T[] => list.filter((_, axis) => !gone.includes(axis));
  if (value.kind === 'constant') return [{ ...value, shape: kept(value.shape) }];
  if (value.kind !== 'flow') return node.refuse('its input is a sequence');
  return [{ ...value, axes: kept(value.axes) }];
};

const unsqueeze: Operator = (node) => {
  const value = node.input(0);
  const dims = dimsOf(value);
  const count = node.inputs[1] ? node.constant(1, 'axes').data.length : (node.ints('axes')?.length ?? 0);
  const added = axesOf(node, dims.length + count) ?? node.refuse('has no axes');
  if (new Set(added).size !== added.length) node.refuse(`names an axis twice: ${added.join(', ')}`);
  if (value.kind === 'dims' || value.kind === 'turn') return [{ ...value, scalar: false }];
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

/** Sizes that cut across those there were: values are moved. null where the batch would not stay in front. */
function reshaped(node: NodeUse, flow: Flow, targets: readonly Dim[]): Flow | null {
  const sizes = dimsOf(flow).slice(1);
  const [first, ...wanted] = targets;
  const known = (list: readonly Dim[]): list is readonly number[] => list.every((d) => typeof d === 'number');
  if (flow.axes[0] !== BATCH || (first !== BATCH && first !== -1) || !known(sizes) || !known(wanted))
    return null;
  const shape = constantShape(
    node,
    sizes.reduce<number>((a, b) => a * (b as number), 1),
    wanted,
  );
  if (shape.length === 0 || shape.includes(0)) return null;
  const all = flow.axes.flatMap((_, axis) => (axis === 0 ? [] : [axis]));
  const flat = arrange(node.where, node.builder, flow, [all]);
  const make = (name: string): Layer => reshape({ targetShape: shape, name });
  const tensor = node.builder.layer('reshape', node.proto, make).apply(flat);
  return flowOf(tensor, [BATCH, ...shape.map((_, axis) => [axis])]);
}

function toShape(node: NodeUse, targets: readonly Dim[]): ReturnType<Operator> {
  const value = node.input(0);
  if (value.kind === 'dims') return [{ ...value, scalar: targets.length === 0 }];
  if (value.kind === 'constant')
    return [{ ...value, shape: constantShape(node, value.data.length, targets) }];
  if (value.kind !== 'flow') return node.refuse('its input is a list of lengths');
  const found = regrouped(value, targets) ?? joinedTo(value, targets);
  if (found !== null) return [found];
  const moved = reshaped(node, value, targets);
  if (moved !== null) return [moved];
  return node.refuse(
    `from ${formatDims(dimsOf(value))} to ${formatDims(targets)} the batch would not stay an axis of its own`,
  );
}

const reshapeOperator: Operator = (node) => {
  const from = dimsOf(node.input(0));
  const copies = node.int('allowzero', 0) === 0;
  const targets = node.dims(1, 'shape').map((d, i) => (d === 0 && copies ? (from[i] ?? 0) : d));
  return toShape(node, targets);
};

const flatten: Operator = (node) => {
  const dims = dimsOf(node.flow(0));
  const axis = axisIn(dims.length + 1, node.int('axis', 1));
  if (axis !== 1 || dims[0] !== BATCH) node.refuse('only the axes behind the batch can be flattened');
  return toShape(node, [BATCH, -1]);
};

const concat: Operator = (node) => {
  if (node.inputs.every((value) => value === null || value.kind !== 'flow')) {
    const constants = node.inputs.filter((value): value is Constant => value?.kind === 'constant');
    const plain = constants.length === node.inputs.length;
    if (plain && constants.some(({ type, shape }) => type === 'float' || shape.length !== 1)) {
      return [joinedConstants(node, constants)];
    }
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

function joinedConstants(node: NodeUse, parts: readonly Constant[]): Constant {
  const [first] = parts;
  const rank = first.shape.length;
  const axis = axisIn(rank, node.int('axis', 0));
  const fits = parts.every(
    ({ shape }) => shape.length === rank && shape.every((size, i) => i === axis || size === first.shape[i]),
  );
  if (axis < 0 || !fits) node.refuse('joins constants whose shapes do not go together');
  const outer = sizeOf(first.shape.slice(0, axis));
  const rows = parts.map(({ data }) => data.length / outer);
  const numbers: number[] = [];
  for (let o = 0; o < outer; o++) {
    parts.forEach(({ data }, i) => {
      for (let j = 0; j < rows[i]; j++) numbers.push(data[o * rows[i] + j]);
    });
  }
  const size = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  const shape = first.shape.map((d, i) => (i === axis ? size : d));
  return {
    ...constantOf(first.type, numbers, shape),
    reckoned: parts.some(({ reckoned }) => reckoned === true),
  };
}

/** Flows joined along an axis. */
export function joined(node: NodeUse, flows: readonly Flow[], axis: number): Flow {
  const [first] = flows;
  const rank = first.axes.length;
  const alike = flows.every(
    ({ axes }) => axes.length === rank && axes.indexOf(BATCH) === first.axes.indexOf(BATCH),
  );
  if (!alike) node.refuse(`joins ${flows.map((flow) => formatDims(dimsOf(flow))).join(' and ')}`);
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

/** Operators that only move values, or say where they are. */
export const SHAPE_OPERATORS: Readonly<Record<string, Operator>> = {
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Reshape: reshapeOperator,
  Flatten: flatten,
  Concat: concat,
  Size: (node) => {
    const { data } = node.constant(0, 'input');
    return [constantOf('int', [data.length], [])];
  },
};
