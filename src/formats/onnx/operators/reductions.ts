import { type ReductionName, reduce } from '../../../layers/arithmetic/index.js';
import type { Layer } from '../../../layers/layer.js';
import { sizeOf } from '../../../shape.js';
import { straight } from '../arrange.js';
import type { NodeUse, Operator } from '../node.js';
import { type Axis, axisIn, BATCH, type Constant, dimsOf, type Flow } from '../values.js';
import { activated } from './activations.js';
import { asConstant } from './arithmetic.js';
import { ofFlows, pointwiseOf } from './broadcast.js';
import { reckoned } from './fold.js';

/** The axes that are reduced: an attribute at first, an input later; none are all, unless the node says otherwise. */
function axesOf(node: NodeUse, rank: number): readonly number[] {
  const given = node.inputs[1] ? [...node.constant(1, 'axes').data] : node.ints('axes');
  if (given === undefined || given.length === 0) {
    return node.int('noop_with_empty_axes', 0) !== 0 ? [] : Array.from({ length: rank }, (_, axis) => axis);
  }
  return given.map((axis) => {
    const position = axisIn(rank, axis);
    return position < 0 ? node.refuse(`has no axis ${axis}`) : position;
  });
}

/** One number for all along each of the axes, which stay, of size 1. */
function reducedFlow(node: NodeUse, flow: Flow, axes: readonly number[], operation: ReductionName): Flow {
  let left = flow;
  for (const axis of axes) {
    if (left.axes[axis] === BATCH) node.refuse('works over the batch');
    left = straight(node.where, node.builder, left);
    const [place] = left.axes[axis] as readonly number[];
    if (place === undefined) continue;
    if (place === 0 && left.tensor.shape.length > 1 && node.builder.hasLengths) {
      node.refuse('works along the time of sequences that have lengths');
    }
    const make = (name: string): Layer => reduce({ operation, axis: place + 1, name });
    const tensor = node.builder.layer('reduce', node.proto, make).apply(left.tensor);
    left = { ...left, tensor, factors: tensor.shape.map((size) => [size]) };
  }
  return left;
}

const CONSTANTS: Readonly<Record<ReductionName, readonly [number, (a: number, b: number) => number]>> = {
  sum: [0, (a, b) => a + b],
  mean: [0, (a, b) => a + b],
  max: [Number.NEGATIVE_INFINITY, Math.max],
  min: [Number.POSITIVE_INFINITY, Math.min],
  product: [1, (a, b) => a * b],
};

function reducedConstant(value: Constant, axes: readonly number[], operation: ReductionName): Constant {
  const shape = value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const [start, join] = CONSTANTS[operation];
  const data = new Float64Array(sizeOf(shape)).fill(start);
  const steps = shape.map((size, axis) => (size === 1 ? 0 : sizeOf(shape.slice(axis + 1))));
  value.data.forEach((v, i) => {
    let rest = i;
    let to = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      to += (rest % value.shape[axis]) * steps[axis];
      rest = Math.floor(rest / value.shape[axis]);
    }
    data[to] = join(data[to], v);
  });
  const count = value.data.length / data.length;
  return reckoned(value.type, operation === 'mean' ? data.map((v) => v / count) : data, shape);
}

const withoutAxes = <T>(list: readonly T[], gone: readonly number[]): T[] =>
  list.filter((_, axis) => !gone.includes(axis));

interface Reduction {
  readonly operation: ReductionName;
  readonly before?: (node: NodeUse, flow: Flow) => Flow;
  readonly after?: (node: NodeUse, flow: Flow) => Flow;
}

function reduction({ operation, before, after }: Reduction): Operator {
  return (node) => {
    const value = node.input(0);
    const rank = dimsOf(value).length;
    const axes = axesOf(node, rank);
    const keeps = node.int('keepdims', 1) !== 0;
    if (value.kind !== 'flow') {
      if (before !== undefined) return node.refuse('its input is a constant');
      const done = reducedConstant(asConstant(node, value), axes, operation);
      return [keeps ? done : { ...done, shape: withoutAxes(done.shape, axes) }];
    }
    const reducedValue = reducedFlow(node, before?.(node, value) ?? value, axes, operation);
    const done = after?.(node, reducedValue) ?? reducedValue;
    return [keeps ? done : { ...done, axes: withoutAxes<Axis>(done.axes, axes) }];
  };
}

const square = (node: NodeUse, flow: Flow): Flow => pointwiseOf(node, flow, 'power', 2);
const logarithm = (node: NodeUse, flow: Flow): Flow => pointwiseOf(node, flow, 'log');

/** m + ln Σ e^(x − m), m the largest */
const logSumExp: Operator = (node) => {
  const flow = node.flow(0);
  const axes = axesOf(node, flow.axes.length);
  const largest = reducedFlow(node, flow, axes, 'max');
  const powers = activated(node, ofFlows(node, 'subtract', flow, largest), 'exponential');
  const sum = ofFlows(node, 'add', logarithm(node, reducedFlow(node, powers, axes, 'sum')), largest);
  return [node.int('keepdims', 1) !== 0 ? sum : { ...sum, axes: withoutAxes<Axis>(sum.axes, axes) }];
};

/** Reductions over axes beside the batch. */
export const REDUCTION_OPERATORS: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction({ operation: 'sum' }),
  ReduceMean: reduction({ operation: 'mean' }),
  ReduceMax: reduction({ operation: 'max' }),
  ReduceMin: reduction({ operation: 'min' }),
  ReduceProd: reduction({ operation: 'product' }),
  ReduceL1: reduction({ operation: 'sum', before: (node, flow) => pointwiseOf(node, flow, 'abs') }),
  ReduceL2: reduction({
    operation: 'sum',
    before: square,
    after: (node, flow) => pointwiseOf(node, flow, 'sqrt'),
  }),
  ReduceSumSquare: reduction({ operation: 'sum', before: square }),
  ReduceLogSum: reduction({ operation: 'sum', after: logarithm }),
  ReduceLogSumExp: logSumExp,
};
