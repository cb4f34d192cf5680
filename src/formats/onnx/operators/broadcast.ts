import { combine, type OperationName, operand, pointwise } from '../../../layers/arithmetic/index.js';
import type { Layer } from '../../../layers/layer.js';
import { add, maximum, minimum, multiply, subtract } from '../../../layers/merge/index.js';
import { sizeOf } from '../../../shape.js';
import { arrange } from '../arrange.js';
import { taken } from '../constants.js';
import type { NodeUse } from '../node.js';
import {
  type Axis,
  BATCH,
  type Constant,
  type Dim,
  dimOf,
  dimsOf,
  type Flow,
  flowOf,
  formatDims,
} from '../values.js';
import { turned } from './fold.js';

/** Merging layers for operands of one shape: they stream and heed masks. */
const MERGES: Readonly<Partial<Record<OperationName, (options: { name: string }) => Layer>>> = {
  add,
  subtract,
  multiply,
  maximum,
  minimum,
};

/** A flow whose axes are aligned with those of a result: axes of size 1 in front. */
const widened = (flow: Flow, rank: number): Flow => ({
  ...flow,
  axes: [...Array.from({ length: rank - flow.axes.length }, (): Axis => []), ...flow.axes],
});

const isSingle = (d: Dim): boolean => d === 1;

/** Axes beside the batch that are not of size 1 in all, in the order in which the largest operand lies. */
function keptAxes(node: NodeUse, flows: readonly Flow[], shapes: readonly (readonly Dim[])[]): number[] {
  const rank = shapes[0].length;
  const kept = Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => flows[0].axes[axis] !== BATCH && !shapes.every((dims) => isSingle(dims[axis])),
  );
  const wide = (flow: Flow): number => kept.filter((axis) => !isSingle(dimOf(flow, axis))).length;
  const base = flows.reduce((best, flow) => (wide(flow) > wide(best) ? flow : best));
  const place = (axis: number): number => {
    const of = base.axes[axis] as readonly number[];
    return of.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...of);
  };
  const ordered = kept.filter((axis) => Number.isFinite(place(axis))).sort((a, b) => place(a) - place(b));
  const further = kept.filter((axis) => !ordered.includes(axis));
  if (ordered.length + further.length > 3) node.refuse('works on more than three axes beside the batch');
  return [...ordered, ...further];
}

/** The flow of a result whose tensor has the kept axes. */
function resultOf(flow: Flow, kept: readonly number[], tensor: Flow['tensor']): Flow {
  const axes = flow.axes.map((of, axis): Axis => {
    if (of === BATCH) return BATCH;
    const at = kept.indexOf(axis);
    return at < 0 ? [] : [at];
  });
  return flowOf(tensor, axes);
}

/** a op b of two values that depend on the data. */
export function ofFlows(node: NodeUse, operation: OperationName, a: Flow, b: Flow): Flow {
  const rank = Math.max(a.axes.length, b.axes.length);
  const flows = [a, b].map((flow) => widened(flow, rank));
  const shapes = flows.map(dimsOf);
  const [batch, other] = flows.map((flow) => flow.axes.indexOf(BATCH));
  const fits = shapes[0].every(
    (d, axis) => d === shapes[1][axis] || isSingle(d) || isSingle(shapes[1][axis]),
  );
  if (batch !== other || !fits) {
    node.refuse(`its operands have shapes ${shapes.map(formatDims).join(' and ')}, which do not go together`);
  }
  const kept = keptAxes(node, flows, shapes);
  const groups = kept.map((axis) => [axis]);
  const parts = flows.map((flow) => arrange(node.where, node.builder, flow, groups));
  const equal = shapes[0].every((d, axis) => d === shapes[1][axis]);
  const merge = equal ? MERGES[operation] : undefined;
  const make = (name: string): Layer => merge?.({ name }) ?? combine({ operation, name });
  const tensor = node.builder.layer(node.proto.op.toLowerCase(), node.proto, make).apply(parts);
  return resultOf(flows[0], kept, tensor);
}

/** A function of every number of a flow. */
export function pointwiseOf(
  node: NodeUse,
  flow: Flow,
  name: Parameters<typeof pointwise>[0]['function'],
  alpha?: number,
  beta?: number,
): Flow {
  const numbers = { ...(alpha !== undefined && { alpha }), ...(beta !== undefined && { beta }) };
  const make = (own: string): Layer => pointwise({ function: name, ...numbers, name: own });
  return { ...flow, tensor: node.builder.layer('pointwise', node.proto, make).apply(flow.tensor) };
}

/** A flow and one number: a function. */
function withNumber(node: NodeUse, operation: OperationName, x: Flow, value: number, first: boolean): Flow {
  const affine = (alpha: number, beta: number): Flow =>
    alpha === 1 && beta === 0 ? x : pointwiseOf(node, x, 'affine', alpha, beta);
  if (operation === 'maximum') return pointwiseOf(node, x, 'clip', value);
  if (operation === 'minimum') return pointwiseOf(node, x, 'clip', undefined, value);
  if (operation === 'add') return affine(1, value);
  if (operation === 'multiply') return affine(value, 0);
  if (operation === 'subtract') return first ? affine(-1, value) : affine(1, -value);
  if (!first) return affine(1 / value, 0);
  const reciprocal = pointwiseOf(node, x, 'reciprocal');
  return value === 1 ? reciprocal : pointwiseOf(node, reciprocal, 'affine', value, 0);
}

/** A constant that is the same for every sample of the batch of a flow beside it, once. */
function forOneSample(c: Constant, x: Flow): Constant {
  const axis = x.axes.indexOf(BATCH) + c.shape.length - x.axes.length;
  const B = c.shape[axis] ?? 1;
  if (axis < 0 || B === 1) return c;
  const inner = sizeOf(c.shape.slice(axis + 1));
  const row = B * inner;
  if (c.data.some((v, i) => v !== c.data[i - (i % row) + (i % inner)])) return c;
  return taken(c, axis, [0]);
}

/** x op c, or c op x, of a flow and a constant: c is a weight unless it was reckoned out. */
export function withConstant(
  node: NodeUse,
  operation: OperationName,
  x: Flow,
  given: Constant,
  first: boolean,
): Flow {
  const c = forOneSample(given, x);
  const number = c.data.every((v) => v === c.data[0]) && c.shape.length <= x.axes.length;
  const grows = c.shape.some(
    (size, i) => size !== 1 && size !== dimOf(x, x.axes.length - c.shape.length + i),
  );
  if (c.data.length === 0) node.refuse('one operand is empty');
  if (number && !grows && Number.isFinite(c.data[0])) {
    return withNumber(node, operation, x, c.data[0], first);
  }
  const rank = Math.max(x.axes.length, c.shape.length);
  const flow = widened(x, rank);
  const sizes = [...new Array<number>(rank - c.shape.length).fill(1), ...c.shape];
  const batch = flow.axes.indexOf(BATCH);
  const dims = dimsOf(flow);
  const fits = sizes.every((size, axis) => size === 1 || isSingle(dims[axis]) || size === dims[axis]);
  if (!fits || sizes[batch] !== 1) {
    node.refuse(`joins ${formatDims(dims)} and a constant of shape ${formatDims(sizes)}`);
  }
  const kept = keptAxes(node, [flow], [dims.map((d, axis) => (isSingle(d) ? sizes[axis] : d))]);
  const tensor = arrange(
    node.where,
    node.builder,
    flow,
    kept.map((axis) => [axis]),
  );
  const others = sizes.map((_, axis) => axis).filter((axis) => !kept.includes(axis));
  const { data } = turned({ ...c, shape: sizes }, [...others, ...kept]);
  const shape = kept.length === 0 ? [1] : kept.map((axis) => sizes[axis]);
  const weights = { operand: { data: Float32Array.from(data), shape } };
  const make = (name: string): Layer =>
    operand({ operation, shape, first, name, trainable: c.reckoned !== true && c.type === 'float' });
  if (sizeOf(shape) !== data.length) node.refuse('its constant cannot be laid beside the data');
  return resultOf(flow, kept, node.builder.layer('operand', node.proto, make, weights).apply(tensor));
}
