import type { NodeUse, Operator } from '../node.js';
import { type Axis, axisIn, type Constant, dimsOf, type Flow, type Scores, type Value } from '../values.js';
import { attend, seenBy, UNSEEN } from './attend.js';
import { apart, folded } from './folded.js';
import { productOf } from './products.js';

/** Operators between the product of queries and keys and that with the values. */
const STEPS: Readonly<Record<string, (node: NodeUse, scores: Scores) => Value | null>> = {
  Mul: (node, scores) => scaledBy(node, scores, (c) => c),
  Div: (node, scores) => (node.inputs[0] === scores ? scaledBy(node, scores, (c) => 1 / c) : null),
  Add: (node, scores) => {
    const other = node.inputs.find((value) => value !== scores);
    if (scores.soft || scores.seen !== null || node.inputs.length !== 2) return null;
    if (other?.kind === 'triangle') {
      return other.isCausal && other.value <= UNSEEN ? { ...scores, seen: { kind: 'causal' } } : null;
    }
    if (other?.kind !== 'constant' || other.type === 'bool') return null;
    return masked(scores, other);
  },
  Where: (node, scores) => {
    const [condition, x, y] = node.inputs;
    if (scores.soft || scores.seen !== null || condition?.kind !== 'constant') return null;
    const other = x === scores ? y : x;
    if (other?.kind !== 'constant' || other.data.length !== 1 || !(other.data[0] <= UNSEEN)) return null;
    const isSeen = (c: number): boolean => (c !== 0) === (x === scores);
    return masked(scores, {
      ...condition,
      type: 'bool',
      data: Float32Array.from(condition.data, (c) => Number(isSeen(c))),
    });
  },
  Softmax: (node, scores) => {
    const rank = scores.q.axes.length;
    const last = axisIn(rank, node.int('axis', node.opset < 13 ? 1 : -1)) === rank - 1;
    return scores.soft || !last ? null : { ...scores, soft: true };
  },
  Dropout: (node, scores) => {
    const given = node.inputs[1] ?? null;
    const rate = given?.kind === 'constant' ? given.data[0] : node.float('ratio', 0.5);
    if (!scores.soft || node.reads(1) || scores.rate !== 0) return null;
    return { ...scores, rate: rate > 0 && rate < 1 ? rate : 0 };
  },
  Identity: (_node, scores) => scores,
  Cast: (_node, scores) => scores,
  MatMul: (node, scores) => {
    const [a, v] = node.inputs;
    if (a !== scores || !scores.soft || v?.kind !== 'flow' || v.axes.length !== scores.q.axes.length)
      return null;
    return attend(node, scores.q, scores.k, v, scores);
  },
};

function scaledBy(node: NodeUse, scores: Scores, factor: (c: number) => number): Scores | null {
  const other = node.inputs.find((value) => value !== scores);
  if (scores.soft || scores.seen !== null || node.inputs.length !== 2) return null;
  if (other?.kind !== 'constant' || other.data.length !== 1) return null;
  const by = factor(other.data[0]);
  return Number.isFinite(by) ? { ...scores, scale: scores.scale * by } : null;
}

function masked(scores: Scores, mask: Constant): Scores | null {
  const seen = seenBy(mask);
  if (seen === 'all') return scores;
  const dims = dimsOf(scores.q);
  const fits = seen?.kind !== 'matrix' || seen.shape[0] === dims[dims.length - 2];
  return seen === null || !fits ? null : { ...scores, seen };
}

/** Operations on scores that nobody needs as such before they are materialised. */
const MOST_STEPS = 8;

/** The product of queries and keys, made only where more than attention is done with it. */
export function scoresOf(node: NodeUse, q: Flow, transposed: Flow): Scores | null {
  const rank = q.axes.length;
  if (rank < 3 || transposed.axes.length !== rank) return null;
  const order: Axis[] = [
    ...transposed.axes.slice(0, -2),
    transposed.axes[rank - 1],
    transposed.axes[rank - 2],
  ];
  const k = { ...transposed, axes: order };
  const [p, s] = [dimsOf(q), dimsOf(k)];
  if (p.slice(0, -2).some((d, axis) => d !== s[axis]) || p[rank - 1] !== s[rank - 1]) return null;
  let made: Flow | null = null;
  const make = (): Flow => {
    made ??= productOf(node, q, transposed);
    return made;
  };
  return { kind: 'scores', q, k, scale: 1, seen: null, soft: false, rate: 0, steps: 0, groups: null, make };
}

/** What scores are, made. */
export function madeOf({ groups, make }: Scores): Value {
  return groups === null ? make() : folded(make(), groups);
}

/**
 * An operator on scores: scores again, or what attention gives; null where they have to be made.
 *
 * @param plain the operator on what they are
 */
export function onScores(given: NodeUse, plain: Operator): Value | null {
  const scores = given.inputs.find((value): value is Scores => value?.kind === 'scores');
  const { op } = given.proto;
  if (scores === undefined || !Object.hasOwn(STEPS, op) || scores.steps >= MOST_STEPS) return null;
  if (given.inputs.filter((value) => value?.kind === 'scores').length > 1) return null;
  const node = scores.groups === null ? given : apart(given, scores.groups);
  const found = STEPS[op](node, scores);
  if (found?.kind === 'flow' && scores.groups !== null) return folded(found, scores.groups);
  if (found === null || found.kind !== 'scores' || found === scores) return found;
  let made: Flow | null = null;
  const make = (): Flow => {
    if (made === null) {
      const inputs = node.inputs.map((value) => (value === scores ? scores.make() : value));
      made = plain(node.on(inputs))[0] as Flow;
    }
    return made;
  };
  return { ...found, steps: scores.steps + 1, make };
}
