import { constantOf, taken } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import { type Dim, dimsOf, type Flow, OPEN } from '../values.js';
import { withConstant } from './broadcast.js';
import { reckoned, repeated } from './fold.js';

const constant: Operator = (node) => {
  const value = node.tensor('value');
  if (value !== undefined) return [value];
  if (node.has('value_float')) return [constantOf('float', [node.float('value_float', 0)], [])];
  if (node.has('value_int')) return [constantOf('int', [node.int('value_int', 0)], [])];
  const floats = node.has('value_floats') ? node.floats('value_floats') : undefined;
  const numbers = floats ?? node.ints('value_ints') ?? node.refuse('has no numbers');
  return [constantOf(floats === undefined ? 'int' : 'float', numbers, [numbers.length])];
};

const shape: Operator = (node) => {
  const value = node.input(0);
  const dims = dimsOf(value);
  const held = (at: number): number => Math.min(dims.length, Math.max(0, at < 0 ? at + dims.length : at));
  return [
    {
      kind: 'dims',
      dims: dims.slice(held(node.int('start', 0)), held(node.int('end', dims.length))),
      scalar: false,
      ...(value.kind === 'flow' && { of: value.tensor }),
    },
  ];
};

/** Sizes with the batch, and what else is open, as 1: what is filled with one number is the same for each. */
function fillSizes(node: NodeUse, dims: readonly Dim[]): number[] {
  const sizes = dims.map((d) => (typeof d === 'number' ? d : 1));
  if (sizes.some((d) => !Number.isSafeInteger(d) || d < 0)) node.refuse(`${sizes.join(', ')} is no shape`);
  node.builder.unfold(
    node.where,
    sizes.reduce((a, b) => a * b, 1),
  );
  return sizes;
}

const constantOfShape: Operator = (node) => {
  const value = node.tensor('value') ?? constantOf('float', [0], [1]);
  const sizes = fillSizes(node, node.dims(0, 'shape'));
  const count = sizes.reduce((a, b) => a * b, 1);
  const filled = reckoned(value.type, new Float64Array(count).fill(value.data[0] ?? 0), sizes);
  return [node.dims(0, 'shape').includes(OPEN) ? { ...filled, open: true } : filled];
};

/** A constant repeated to a shape, in which what is open counts as 1; a flow to the shape that it has. */
const expand: Operator = (node) => {
  const given = node.input(0);
  const dims = node.dims(1, 'shape');
  if (given.kind === 'flow') return [expandedFlow(node, given, dims)];
  const value = node.constant(0, 'input');
  const sizes = fillSizes(node, dims);
  const front = [
    ...new Array<number>(Math.max(0, sizes.length - value.shape.length)).fill(1),
    ...value.shape,
  ];
  const shape = front.map((size, i) => {
    const other = sizes[i - (front.length - sizes.length)] ?? 1;
    if (size !== other && size !== 1 && other !== 1)
      node.refuse(`[${value.shape}] is not repeated to [${sizes}]`);
    return Math.max(size, other);
  });
  const all = repeated(node, value, shape);
  return [dims.includes(OPEN) || value.open ? { ...all, open: true } : all];
};

/** Zeros of the shape are added where axes of size 1 have to be repeated. */
function expandedFlow(node: NodeUse, flow: Flow, dims: readonly Dim[]): Flow {
  const own = dimsOf(flow);
  const wanted = dims.map((d, i) => (d === 1 ? (own[own.length - dims.length + i] ?? 1) : d));
  const same = wanted.length === own.length && wanted.every((d, i) => d === own[i]);
  if (same) return flow;
  const sizes = wanted.map((d, i) => (d === own[own.length - wanted.length + i] ? 1 : d));
  if (sizes.some((d) => typeof d !== 'number')) node.refuse('repeats to a size that is open');
  if ((sizes as number[]).some((d) => !(d >= 0)))
    node.refuse(`repeats to sizes ${sizes.map(String).join(', ')}`);
  const count = (sizes as number[]).reduce((a, b) => a * b, 1);
  node.builder.unfold(node.where, count);
  return withConstant(
    node,
    'add',
    flow,
    reckoned('float', new Float32Array(count), sizes as number[]),
    false,
  );
}

/** Of constants; of a flow only once. */
const tile: Operator = (node) => {
  const repeats = node.constant(1, 'repeats').data;
  const value = node.input(0);
  if (repeats.every((n) => n === 1)) return [value];
  let { shape, ...own } = node.constant(0, 'input');
  if (repeats.length !== shape.length || repeats.some((n) => !(n >= 1)))
    node.refuse(`repeats are ${repeats}`);
  repeats.forEach((n, axis) => {
    const size = shape[axis];
    node.builder.unfold(node.where, own.data.length * n);
    const places = Array.from({ length: n * size }, (_, i) => i % size);
    ({ shape, ...own } = taken({ ...own, shape }, axis, places));
  });
  return [{ ...own, shape, reckoned: true }];
};

const range: Operator = (node) => {
  const [start, limit, step] = ['start', 'limit', 'delta'].map((what, i) => node.constant(i, what));
  const count = Math.max(0, Math.ceil((limit.data[0] - start.data[0]) / step.data[0]));
  if (!Number.isSafeInteger(count)) node.refuse(`its end is ${limit.data[0]}`);
  node.builder.unfold(node.where, count);
  const numbers = Array.from({ length: count }, (_, i) => start.data[0] + i * step.data[0]);
  return [reckoned(start.type, numbers, [count])];
};

/** The upper or lower triangle of a constant matrix. */
const triangle: Operator = (node) => {
  const value = node.constant(0, 'input');
  const [rows, columns] = value.shape.slice(-2);
  if (columns === undefined) return node.refuse('its input is no matrix');
  const k = node.optionalConstant(1, 'k')?.data[0] ?? 0;
  const upper = node.int('upper', 1) !== 0;
  if (value.open) {
    const isCausal = upper && k === 1 && value.type === 'float' && value.data.length === 1;
    return [{ kind: 'triangle', value: value.data[0], isCausal }];
  }
  const kept = Float64Array.from(value.data, (v, i) => {
    const apart = (i % columns) - (Math.floor(i / columns) % rows);
    return (upper ? apart >= k : apart <= k) ? v : 0;
  });
  return [reckoned(value.type, kept, value.shape)];
};

/** Operators whose outcome does not depend on the data. */
export const CONSTANT_OPERATORS: Readonly<Record<string, Operator>> = {
  Constant: constant,
  Shape: shape,
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Tile: tile,
  Range: range,
  Trilu: triangle,
};
