import type { NodeUse, Operator, Outputs } from '../node.js';
import type { NodeProto } from '../proto/messages.js';
import { emptyAttribute } from '../proto/messages.js';
import {
  axisIn,
  BATCH,
  type Constant,
  type Dim,
  type Flow,
  type Folded,
  isTimes,
  type Value,
} from '../values.js';
import { regrouped } from './regroup.js';

/** Operators that work number by number, or along the last axis alone. */
const ALONE = [
  ...[
    'Identity',
    'Cast',
    'Dropout',
    'Relu',
    'Tanh',
    'Sigmoid',
    'Gelu',
    'Erf',
    'Neg',
    'Sqrt',
    'Exp',
    'Softmax',
  ],
  ...['Add', 'Sub', 'Mul', 'Div', 'MatMul', 'Gemm'],
];

/** A constant without axes of size 1 in front, which lies beside the last axes that are no joined ones. */
function beside(node: NodeUse, value: Constant, groups: readonly number[]): Constant {
  const first = value.shape.findIndex((size) => size !== 1);
  const shape = first < 0 ? [] : value.shape.slice(first);
  const joined = groups.length - 1 - [...groups].reverse().findIndex((size) => size > 1);
  if (shape.length > groups.length - 1 - joined)
    node.refuse('a constant beside an axis that the batch is part of');
  return { ...value, shape };
}

/** The node with the last axis named as such. */
function alongLast(node: NodeUse, groups: readonly number[]): NodeProto {
  if (node.proto.op !== 'Softmax') return node.proto;
  const rank = groups.length;
  if (axisIn(rank, node.int('axis', node.opset < 13 ? 1 : -1)) !== rank - 1) {
    node.refuse('works along an axis beside one that the batch is part of');
  }
  const others = node.proto.attributes.filter(({ name }) => name !== 'axis');
  return { ...node.proto, attributes: [...others, { ...emptyAttribute('axis'), i: -1 }] };
}

/** The use of an operator on values whose joined axes are apart. */
export function apart(node: NodeUse, groups: readonly number[]): NodeUse {
  const isProduct = ['MatMul', 'Gemm'].includes(node.proto.op);
  const inputs = node.inputs.map((value): Value | null => {
    if (value?.kind === 'folded') {
      const same = value.groups.slice(0, -2).join() === groups.slice(0, -2).join();
      return same && value.groups.length === groups.length
        ? value.flow
        : node.refuse('joins axes in two ways');
    }
    if (value?.kind === 'constant' && !isProduct) return beside(node, value, groups);
    if (value?.kind === 'flow')
      return node.refuse('joins a value with one in which the batch is part of an axis');
    return value;
  });
  const use = node.on(inputs, alongLast(node, groups));
  use.isFolded = true;
  return use;
}

/** A value whose axes are joined again. */
export const folded = (flow: Flow, groups: readonly number[]): Folded => ({ kind: 'folded', flow, groups });

/** Groups of axes one after the other: [1, 2] is [[0], [1, 2]]. */
function axesOf(groups: readonly number[]): number[][] {
  let next = 0;
  return groups.map((size) => Array.from({ length: size }, () => next++));
}

function transposed(node: NodeUse, { flow, groups }: Folded): Value {
  const rank = groups.length;
  const order = node.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (
    order.length !== rank ||
    new Set(order).size !== rank ||
    order.some((axis) => !(axis >= 0 && axis < rank))
  ) {
    node.refuse(`perm is ${order.join(', ')} for ${rank} axes`);
  }
  const own = axesOf(groups);
  const axes = order.flatMap((axis) => own[axis].map((i) => flow.axes[i]));
  return folded(
    { ...flow, axes },
    order.map((axis) => groups[axis]),
  );
}

/** What a value becomes whose shape joins the batch with another axis; null where something would have to move. */
export function joinedTo(flow: Flow, targets: readonly Dim[]): Folded | null {
  const at = targets.findIndex(isTimes);
  const times = targets[at];
  if (at < 0 || !isTimes(times)) return null;
  const pairs: readonly (readonly Dim[])[] = [
    [BATCH, times.times],
    [times.times, BATCH],
  ];
  for (const pair of pairs) {
    const found = regrouped(flow, [...targets.slice(0, at), ...pair, ...targets.slice(at + 1)]);
    if (found === null) continue;
    return folded(
      found,
      targets.map((_, i) => (i === at ? 2 : 1)),
    );
  }
  return null;
}

/** The shape with −1 for what is left, where a joined axis may be meant by it. */
function reshaped(node: NodeUse, value: Folded): Value {
  const targets = node.dims(1, 'shape');
  if (targets.includes(0))
    return node.refuse('copies a size of a shape in which the batch is part of an axis');
  const found = targets.some(isTimes) ? joinedTo(value.flow, targets) : regrouped(value.flow, targets);
  return found ?? node.refuse('takes the batch from another axis in a way in which values would move');
}

/** An operator on values in which the batch is part of an axis. */
export function onFolded(node: NodeUse, operator: Operator): Outputs {
  const { op } = node.proto;
  const value = node.inputs.find((one): one is Folded => one?.kind === 'folded') as Folded;
  if (op === 'Shape') return operator(node);
  if (op === 'Transpose') return [transposed(node, value)];
  if (op === 'Reshape' && node.inputs[0] === value) return [reshaped(node, value)];
  const { groups } = value;
  const last = groups[groups.length - 1];
  if (!ALONE.includes(op) || last !== 1) node.refuse('works on an axis that the batch is part of');
  const b = node.inputs[1];
  const isProduct = op === 'MatMul' && b?.kind === 'folded';
  if (isProduct && [value, b].some((one) => one.groups[one.groups.length - 2] !== 1)) {
    node.refuse('multiplies along an axis that the batch is part of');
  }
  return operator(apart(node, groups)).map((result) => {
    if (result?.kind === 'scores') return { ...result, groups };
    return result?.kind === 'flow' ? folded(result, groups) : result;
  });
}
