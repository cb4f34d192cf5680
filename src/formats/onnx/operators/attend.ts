import { learnedVector } from '../../../layers/arithmetic/index.js';
import { attention } from '../../../layers/attention/index.js';
import type { Layer } from '../../../layers/layer.js';
import { concatenate } from '../../../layers/merge/index.js';
import { reshape } from '../../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { arrange, cut } from '../arrange.js';
import type { NodeUse } from '../node.js';
import {
  type Axis,
  BATCH,
  type Constant,
  dimOf,
  dimsOf,
  type Flow,
  flowOf,
  formatDims,
  type Seen,
} from '../values.js';
import { pointwiseOf } from './broadcast.js';

/** Numbers that leave nothing of a score. */
export const UNSEEN = -1e4;

/** What a constant mask says of queries and keys; null where it differs by head or sample, or weighs scores. */
export function seenBy({ type, data, shape }: Constant): Seen | 'all' | null {
  const [T = 1, S = 1] = shape.slice(-2);
  if (shape.length < 2 || data.length !== T * S || data.length === 0) return null;
  const isSeen = (v: number): boolean => (type === 'bool' ? v !== 0 : v === 0);
  if (data.some((v) => !isSeen(v) && type !== 'bool' && !(v <= UNSEEN))) return null;
  const matrix = Float32Array.from(data, (v) => Number(isSeen(v)));
  if (matrix.every((v) => v === 1)) return 'all';
  if (matrix.every((v, i) => v === Number(i % S <= Math.floor(i / S)))) return { kind: 'causal' };
  return { kind: 'matrix', data: matrix, shape: [T, S] };
}

/** How queries and keys are compared. */
export interface Sight {
  readonly scale: number;
  readonly seen: Seen | null;
  readonly rate: number;
}

/** Heads at most: each becomes a layer of its own, or they are one together. */
const MOST_HEADS = 256;

/** The only axis in front of the last two that is not the batch and not of size 1; −1 for none. */
function headAxis(node: NodeUse, flow: Flow): number {
  const front = flow.axes
    .slice(0, -2)
    .flatMap((of, axis) => (of === BATCH || dimOf(flow, axis) === 1 ? [] : [axis]));
  if (front.length > 1)
    node.refuse(`attends over ${formatDims(dimsOf(flow))}: one axis of heads is imported`);
  return front[0] ?? -1;
}

/** The heads of a value [..., heads, T, D] as sequences. */
function headsOf(node: NodeUse, flow: Flow): SymbolicTensor[] {
  const axis = headAxis(node, flow);
  const rank = flow.axes.length;
  const groups = [[rank - 2], [rank - 1]];
  if (axis < 0) return [arrange(node.where, node.builder, flow, groups)];
  const count = dimOf(flow, axis);
  if (typeof count !== 'number' || count > MOST_HEADS) {
    return node.refuse(`has ${formatDims([count])} heads, at most ${MOST_HEADS} are imported`);
  }
  return Array.from({ length: count }, (_, head) =>
    arrange(node.where, node.builder, cut(node.where, node.builder, flow, axis, head, 1), groups),
  );
}

/** A mask that is the same for every sample, as a value beside a sequence. */
function maskTensor(node: NodeUse, seen: Seen, beside: SymbolicTensor): SymbolicTensor | null {
  if (seen.kind === 'causal') return null;
  if (seen.kind === 'flow') {
    const rank = seen.flow.axes.length;
    return arrange(node.where, node.builder, seen.flow, [[rank - 2], [rank - 1]]);
  }
  const units = seen.data.length;
  const weights = { vector: { data: seen.data, shape: [units] } };
  const make = (name: string): Layer => learnedVector({ units, name, trainable: false });
  const flat = node.builder.layer('mask', null, make, weights).apply(beside);
  return node.builder
    .layer('reshape', null, (name) => reshape({ targetShape: seen.shape, name }))
    .apply(flat);
}

/** Values [..., S, E] weighed by the softmax of q·kᵀ, head by head: `attention`. Fewer keys than queries are shared. */
export function attend(node: NodeUse, q: Flow, k: Flow, v: Flow, { scale, seen, rate }: Sight): Flow {
  const scaled = scale === 1 ? q : pointwiseOf(node, q, 'affine', scale, 0);
  const [queries, keys, values] = [scaled, k, v].map((flow) => headsOf(node, flow));
  const H = queries.length;
  if (keys.length !== values.length || H % keys.length !== 0) {
    node.refuse(`has ${H} heads of queries, ${keys.length} of keys and ${values.length} of values`);
  }
  const mask = seen && maskTensor(node, seen, queries[0]);
  const options = { useCausalMask: seen?.kind === 'causal', useAttentionMask: mask !== null, dropout: rate };
  const heads = queries.map((query, h) => {
    const kv = Math.floor((h * keys.length) / H);
    const layer = node.builder.layer('attention', node.proto, (name) => attention({ ...options, name }));
    return layer.apply([query, values[kv], keys[kv], ...(mask === null ? [] : [mask])]);
  });
  const rank = q.axes.length;
  const axis = headAxis(node, q);
  const axes = q.axes.map((of, i): Axis => {
    if (of === BATCH) return BATCH;
    if (i === rank - 2) return [0];
    if (i === rank - 1) return [axis < 0 ? 1 : 2];
    return i === axis ? [1] : [];
  });
  if (axis < 0) return flowOf(heads[0], axes);
  const joined = node.builder.layer('concatenate', null, (name) => concatenate({ name }));
  const tensor = heads.length === 1 ? heads[0] : joined.apply(heads);
  const [T, E] = heads[0].shape;
  return { kind: 'flow', tensor, factors: [[T], [H, E]], axes };
}
