import { cut } from '../arrange.js';
import { constantOf, taken } from '../constants.js';
import type { NodeUse, Operator, Outputs } from '../node.js';
import { type Axis, axisIn, BATCH, type Dim, dimsOf, type Flow, OPEN, type Value } from '../values.js';
import { joined } from './shapes.js';
import { areAsLong, attempted, StepLoop } from './steps.js';

/** Turns of a loop at most: each becomes layers of its own. */
const MOST_TURNS = 1024;

/** The branch that a condition which is known chooses. */
const choice: Operator = (node) => {
  const { data } = node.constant(0, 'the condition');
  if (data.length !== 1) node.refuse('its condition is not one value');
  return node.runGraph(node.graph(data[0] !== 0 ? 'then_branch' : 'else_branch'), new Map());
};

/** The values of all turns along a new axis. */
function stacked(node: NodeUse, values: readonly Value[], axis: number): Value {
  if (values.length === 0) node.refuse('gathers values of no turn at all');
  const flows = values.map((value): Flow => {
    if (value.kind !== 'flow') return node.refuse('gathers values that do not depend on the data');
    const place = axisIn(value.axes.length + 1, axis);
    return { ...value, axes: [...value.axes.slice(0, place), [] as Axis, ...value.axes.slice(place)] };
  });
  const place = axisIn(flows[0].axes.length, axis);
  return flows.length === 1 ? flows[0] : joined(node, flows, place);
}

/** One step of a value along an axis, which is gone. */
function stepOf(node: NodeUse, value: Value, axis: number, t: number): Value {
  const place = axisIn(dimsOf(value).length, axis);
  if (value.kind === 'flow') {
    const part = cut(node.where, node.builder, value, place, t, 1);
    return { ...part, axes: part.axes.filter((_, i) => i !== place) };
  }
  if (value.kind !== 'constant') return node.refuse('goes along a list of sizes');
  const part = taken(value, place, [t]);
  return { ...part, shape: part.shape.filter((_, i) => i !== place) };
}

const isTrue = (value: Value | undefined | null): boolean =>
  value === undefined || value === null || (value.kind === 'constant' && value.data[0] !== 0);

/** A loop around recurrent cells as layers over sequences; null where it is none. */
function loopOfCells(node: NodeUse): Outputs | null {
  const body = node.graph('body');
  const count = node.inputs[0];
  const length =
    count?.kind === 'dims' ? count.dims[0] : count?.kind === 'constant' ? count.data[0] : undefined;
  const carried = node.inputs.slice(2).map((_, i) => node.input(i + 2));
  if (length === undefined || length === BATCH || !(length === OPEN || (length as number) > 0)) return null;
  if (!isTrue(node.inputs[1])) return null;
  const longAs = count?.kind === 'dims' ? count.of : undefined;
  const steps = new StepLoop(node, length, (tensor) => areAsLong(tensor, longAs));
  const given = new Map<string, Value>();
  const lists = carried.map((value) => value.kind === 'list' && value.items.length === 0 && !value.steps);
  const states = carried.map((value, i) => (lists[i] ? value : steps.state(value)));
  if (states.includes(null)) return null;
  const values = [steps.turn(), constantOf('bool', [1], []), ...(states as Value[])];
  if (body.inputs.length > values.length) return null;
  body.inputs.forEach(({ name }, i) => {
    given.set(name, values[i]);
  });
  const [condition, ...results] = node.builder.sharing(() => node.runGraph(body, given));
  if (condition?.kind !== 'constant' || !isTrue(condition)) return null;
  const behind = results.slice(0, carried.length);
  const outputs = results.slice(carried.length);
  for (const [i, isList] of lists.entries()) {
    const value = behind[i];
    if (!isList) continue;
    if (value.kind !== 'list' || value.items.length !== 1) return null;
    outputs.push(value.items[0]);
  }
  const own = carried.flatMap((value, i) =>
    lists[i] ? [] : [[value, states[i] as Flow, behind[i]] as const],
  );
  const found = steps.result(own, outputs);
  if (found === null) return null;
  let [state, list] = [0, results.length - carried.length];
  const last = lists.map(
    (isList): Value =>
      isList ? { kind: 'list', items: [], steps: found.outputs[list++] } : found.states[state++],
  );
  return [...last, ...found.outputs.slice(0, results.length - carried.length)];
}

/** A loop whose number of turns is known, turn by turn. */
const loop: Operator = (node) => {
  const cells = attempted(() => loopOfCells(node));
  if (cells !== null) return cells;
  const body = node.graph('body');
  const turns = node.inputs[0] ? node.constant(0, 'the number of turns').data[0] : Number.NaN;
  if (!(turns >= 0 && turns <= MOST_TURNS)) {
    node.refuse(`its number of turns is ${turns}, expected one that is known, up to ${MOST_TURNS}`);
  }
  const carried = node.inputs.slice(2).map((_, i) => node.input(i + 2));
  return node.builder.sharing(() => {
    let states: readonly Value[] = carried;
    const gathered: Value[][] = body.outputs.slice(1 + carried.length).map(() => []);
    let goesOn = isTrue(node.inputs[1]);
    for (let t = 0; t < turns && goesOn; t++) {
      const given = new Map<string, Value>();
      const values = [constantOf('int', [t], []), constantOf('bool', [1], []), ...states];
      body.inputs.forEach(({ name }, i) => {
        given.set(name, values[i] ?? node.refuse('its body has other inputs'));
      });
      const [condition, ...results] = node.runGraph(body, given);
      if (condition?.kind !== 'constant') node.refuse('whether it goes on depends on the data');
      goesOn = isTrue(condition);
      states = results.slice(0, carried.length);
      results.slice(carried.length).forEach((value, i) => {
        gathered[i].push(value);
      });
    }
    return [
      ...states,
      ...gathered.map((list, i) => (node.reads(carried.length + i) ? stacked(node, list, 0) : undefined)),
    ];
  });
};

/** How a scan goes. */
interface ScanWay {
  readonly T: Dim;
  readonly S: number;
  readonly axes: readonly number[];
  readonly backwards: readonly number[];
  readonly outAxes: readonly number[];
  readonly outBackwards: readonly number[];
}

/** A scan around recurrent cells as layers over sequences; null where it is none. */
function scanOfCells(
  node: NodeUse,
  { T, S, axes, backwards, outAxes, outBackwards }: ScanWay,
): Outputs | null {
  const body = node.graph('body');
  const values = node.inputs.map((_, i) => node.input(i));
  const steps = new StepLoop(node, T);
  const states = values.slice(0, S).map((value) => steps.state(value));
  const taken = values
    .slice(S)
    .map((value, i) => (value.kind === 'flow' ? steps.step(value, axes[i], backwards[i] !== 0) : null));
  const given = [...states, ...taken];
  const way = backwards[0] !== 0;
  const oneWay = [...backwards, ...outBackwards].every((one) => (one !== 0) === way);
  if (given.includes(null) || !oneWay || body.inputs.length > given.length) return null;
  const named = new Map(body.inputs.map(({ name }, i) => [name, given[i] as Value]));
  const results = node.builder.sharing(() => node.runGraph(body, named));
  const own = values.slice(0, S).map((value, i) => [value, states[i] as Flow, results[i]] as const);
  const found = steps.result(own, results.slice(S));
  if (found === null) return null;
  const outputs = found.outputs.map(({ axes: [time, ...others], ...flow }, i): Flow => {
    const place = axisIn(others.length + 1, outAxes[i]);
    if (place < 0) node.refuse(`has no axis ${outAxes[i]}`);
    return { ...flow, axes: [...others.slice(0, place), time, ...others.slice(place)] };
  });
  return [...found.states, ...outputs];
}

/** A scan along axes of known size, step by step. */
const scan: Operator = (node) => {
  if (node.opset < 9) node.refuse('scans of opset 8 are not imported');
  const body = node.graph('body');
  const count = node.int('num_scan_inputs', 0);
  const S = node.inputs.length - count;
  if (count < 1 || S < 0) node.refuse(`num_scan_inputs is ${count}`);
  const values = node.inputs.map((_, i) => node.input(i));
  const list = (name: string, size: number): readonly number[] =>
    node.ints(name) ?? new Array<number>(size).fill(0);
  const axes = list('scan_input_axes', count);
  const backwards = list('scan_input_directions', count);
  const lengths = values.slice(S).map((value, i) => {
    const dims = dimsOf(value);
    return dims[axisIn(dims.length, axes[i])] ?? node.refuse(`goes along axis ${axes[i]}, which is none`);
  });
  const [T] = lengths;
  const outputs = body.outputs.length - S;
  const outAxes = list('scan_output_axes', outputs);
  const outBackwards = list('scan_output_directions', outputs);
  const cells = attempted(() =>
    lengths.some((length) => length !== T)
      ? null
      : scanOfCells(node, { T, S, axes, backwards, outAxes, outBackwards }),
  );
  if (cells !== null) return cells;
  if (typeof T !== 'number' || lengths.some((length) => length !== T) || T > MOST_TURNS) {
    node.refuse(
      `goes along ${T === BATCH ? 'the batch' : 'an axis of open length'}, or one of more than ${MOST_TURNS} steps`,
    );
  }
  return node.builder.sharing(() => {
    let states: readonly Value[] = values.slice(0, S);
    const gathered: Value[][] = Array.from({ length: outputs }, () => []);
    for (let t = 0; t < (T as number); t++) {
      const steps = values
        .slice(S)
        .map((value, i) => stepOf(node, value, axes[i], backwards[i] !== 0 ? (T as number) - 1 - t : t));
      const given = new Map<string, Value>();
      body.inputs.forEach(({ name }, i) => {
        given.set(name, [...states, ...steps][i] ?? node.refuse('its body has other inputs'));
      });
      const results = node.runGraph(body, given);
      states = results.slice(0, S);
      results.slice(S).forEach((value, i) => {
        gathered[i].push(value);
      });
    }
    const all = gathered.map((own, i) => {
      if (!node.reads(S + i)) return undefined;
      return stacked(node, outBackwards[i] !== 0 ? [...own].reverse() : own, outAxes[i]);
    });
    return [...states, ...all];
  });
};

/** Graphs inside nodes, where constants and shapes decide how they run. */
export const CONTROL_OPERATORS: Readonly<Record<string, Operator>> = { If: choice, Loop: loop, Scan: scan };
