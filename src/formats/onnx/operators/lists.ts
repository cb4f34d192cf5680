import type { NodeUse, Operator } from '../node.js';
import { type Axis, axisIn, type Flow, type List, type Value } from '../values.js';
import { joined } from './shapes.js';

/** Values of a list at most. */
const MOST_ITEMS = 1024;

function listAt(node: NodeUse): List {
  const value = node.input(0);
  return value.kind === 'list' ? value : node.refuse('its input is no sequence');
}

function plain(node: NodeUse): readonly Value[] {
  const { items, steps } = listAt(node);
  if (steps !== undefined)
    return node.refuse('takes single values of a sequence that a loop of open length made');
  return items;
}

const listOf = (items: readonly Value[]): List => ({ kind: 'list', items });

/** Where an index points to. */
function placeOf(node: NodeUse, length: number, otherwise: number): number {
  const index = node.inputs[node.inputs.length - 1] ?? null;
  if (index === null || node.inputs.length < (node.proto.op === 'SequenceInsert' ? 3 : 2)) return otherwise;
  const [at] = node.constant(node.inputs.length - 1, 'the position').data;
  const place = at < 0 ? at + length : at;
  return place >= 0 && place < Math.max(1, length + Number(otherwise === length))
    ? place
    : node.refuse(`has no position ${at}`);
}

const insert: Operator = (node) => {
  const items = plain(node);
  if (items.length >= MOST_ITEMS) node.refuse(`has more than ${MOST_ITEMS} values`);
  const place = placeOf(node, items.length, items.length);
  return [listOf([...items.slice(0, place), node.input(1), ...items.slice(place)])];
};

/** Items along a new axis, or along one that they have. */
const concat: Operator = (node) => {
  const { items, steps } = listAt(node);
  const isNew = node.int('new_axis', 0) !== 0;
  const given = node.int('axis', 0);
  if (steps !== undefined) return [alongSteps(node, steps, given, isNew)];
  const flows = items.map((value): Flow => {
    if (value.kind !== 'flow') return node.refuse('joins values that do not depend on the data');
    if (!isNew) return value;
    const place = axisIn(value.axes.length + 1, given);
    return { ...value, axes: [...value.axes.slice(0, place), [] as Axis, ...value.axes.slice(place)] };
  });
  if (flows.length === 0) node.refuse('joins nothing');
  const axis = axisIn(flows[0].axes.length, given);
  if (axis < 0) node.refuse(`has no axis ${given}`);
  return [flows.length === 1 ? flows[0] : joined(node, flows, axis)];
};

function alongSteps(
  node: NodeUse,
  { axes: [time, ...own], ...flow }: Flow,
  given: number,
  isNew: boolean,
): Flow {
  const axis = axisIn(own.length + Number(isNew), given);
  if (axis < 0) node.refuse(`has no axis ${given}`);
  if (isNew) return { ...flow, axes: [...own.slice(0, axis), time, ...own.slice(axis)] };
  const sizes = flow.factors.flat();
  const of = own[axis];
  if (typeof of === 'symbol' || of.some((factor) => sizes[factor] !== 1)) {
    node.refuse('joins values of a loop along an axis that is longer than 1');
  }
  return { ...flow, axes: own.map((one, i) => (i === axis ? time : one)) };
}

/** Operators on sequences of values. */
export const LIST_OPERATORS: Readonly<Record<string, Operator>> = {
  SequenceEmpty: () => [listOf([])],
  SequenceConstruct: (node) => [listOf(node.inputs.map((_, i) => node.input(i)))],
  SequenceInsert: insert,
  SequenceAt: (node) => {
    const items = plain(node);
    return [items[placeOf(node, items.length, -1)] ?? node.refuse('has no such position')];
  },
  SequenceLength: (node) => [{ kind: 'dims', dims: [plain(node).length], scalar: true }],
  ConcatFromSequence: concat,
};
