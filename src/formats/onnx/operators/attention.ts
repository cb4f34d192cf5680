import type { NodeUse, Operator } from '../node.js';
import {
  type Axis,
  BATCH,
  dimOf,
  dimsOf,
  type Flow,
  flowOf,
  formatDims,
  OPEN,
  type Seen,
} from '../values.js';
import { activated } from './activations.js';
import { attend, seenBy } from './attend.js';
import { ofFlows, pointwiseOf, withConstant } from './broadcast.js';
import { productOf } from './products.js';
import { regrouped } from './regroup.js';
import { along } from './rows.js';

/** [batch, T, heads · D] as [batch, heads, T, D]; a value that has its heads apart as it is. */
export function withHeads(node: NodeUse, flow: Flow, heads: number, what: string): Flow {
  if (flow.axes.length === 4 && flow.axes[0] === BATCH) return flow;
  const dims = dimsOf(flow);
  if (flow.axes.length !== 3 || flow.axes[0] !== BATCH) node.refuse(`${what} is ${formatDims(dims)}`);
  const size = dims[2] as number;
  if (!(heads >= 1) || size % heads !== 0) node.refuse(`${what} is ${formatDims(dims)} for ${heads} heads`);
  const apart = regrouped(flow, [BATCH, dims[1] === OPEN ? OPEN : dims[1], heads, size / heads]);
  if (apart === null) return node.refuse(`${what} is ${formatDims(dims)}, whose features lie apart`);
  const [batch, time, head, features] = apart.axes;
  return { ...apart, axes: [batch, head, time, features] };
}

/** [batch, heads, T, E] as [batch, T, heads · E]. */
export function withoutHeads({ axes, ...flow }: Flow): Flow {
  const [batch, heads, time, features] = axes as readonly [Axis, readonly number[], Axis, readonly number[]];
  return { ...flow, axes: [batch, time, [...heads, ...features]] };
}

/** What a mask says; null where it weighs scores. */
function seenOf(node: NodeUse, index: number): Seen | 'all' | null {
  const mask = node.inputs[index] ?? null;
  if (mask === null) return 'all';
  if (mask.kind === 'constant') return seenBy(mask);
  if (mask.kind !== 'flow' || mask.isBool !== true || mask.axes[0] !== BATCH) return null;
  const heads = mask.axes.length === 4 ? dimOf(mask, 1) : 1;
  return heads === 1 ? { kind: 'flow', flow: mask } : null;
}

/** Scores that are weighed by a mask, operation by operation: lengths must be known. */
function spelled(node: NodeUse, q: Flow, k: Flow, v: Flow, scale: number): Flow {
  const mask = node.input(3);
  if (dimOf(q, 1) !== dimOf(k, 1)) node.refuse('its mask weighs scores, of shared keys');
  const axes: Axis[] = [k.axes[0], k.axes[1], k.axes[3], k.axes[2]];
  const turned = { ...k, axes };
  const product = pointwiseOf(node, productOf(node, q, turned), 'affine', scale, 0);
  if (mask.kind !== 'flow' && mask.kind !== 'constant') node.refuse('its mask is no tensor');
  const isBool = mask.kind === 'constant' ? mask.type === 'bool' : mask.isBool === true;
  if (isBool) node.refuse('its mask of booleans differs from head to head');
  const sum =
    mask.kind === 'flow'
      ? ofFlows(node, 'add', product, mask)
      : withConstant(node, 'add', product, { ...node.constant(3, 'the mask'), reckoned: true }, false);
  const rows = along(node, sum, -1, false);
  const shares = rows.result(activated(node, { ...sum, tensor: rows.x }, 'softmax').tensor);
  return productOf(node, shares, v);
}

/** Attention of opset 23: queries, keys and values of 3 or 4 axes. */
const attention: Operator = (node) => {
  for (const [index, name] of [
    [4, 'past_key'],
    [5, 'past_value'],
    [6, 'nonpad_kv_seqlen'],
  ] as const) {
    if ((node.inputs[index] ?? null) !== null) node.refuse(`${name} (input ${index}) is not imported`);
  }
  for (const [index, name] of [
    [1, 'present_key'],
    [2, 'present_value'],
    [3, 'qk_matmul_output'],
  ] as const) {
    if (node.reads(index)) node.refuse(`${name} (output ${index}) is not imported`);
  }
  if (node.float('softcap', 0) !== 0) node.refuse(`softcap ${node.float('softcap', 0)} is not imported`);
  const isFlat = node.flow(0).axes.length === 3;
  const kv = node.int('kv_num_heads', 0);
  const q = withHeads(node, node.flow(0), node.int('q_num_heads', 0), 'Q');
  const [k, v] = [withHeads(node, node.flow(1), kv, 'K'), withHeads(node, node.flow(2), kv, 'V')];
  const D = dimOf(q, 3);
  if (typeof D !== 'number' || dimOf(k, 3) !== D) node.refuse('Q and K differ in their features');
  const scale = node.float('scale', 1 / Math.sqrt(D as number));
  const given = seenOf(node, 3);
  const isCausal = node.int('is_causal', 0) !== 0;
  if (isCausal && given !== 'all') node.refuse('is_causal beside a mask is not imported');
  const seen: Seen | null = isCausal ? { kind: 'causal' } : given === 'all' ? null : given;
  const y = given === null ? spelled(node, q, k, v, scale) : attend(node, q, k, v, { scale, seen, rate: 0 });
  return [isFlat ? withoutHeads(y) : y];
};

/** Attention. */
export const ATTENTION_OPERATORS: Readonly<Record<string, Operator>> = { Attention: attention };

/** A value [batch, T, features] as the tensor lies. */
export const sequenceFlow = (tensor: Flow['tensor']): Flow => flowOf(tensor, [BATCH, [0], [1]]);
