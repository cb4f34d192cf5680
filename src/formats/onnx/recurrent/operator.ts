import { learnedVector } from '../../../layers/arithmetic/index.js';
import type { Layer } from '../../../layers/layer.js';
import { concatenate, subtract } from '../../../layers/merge/index.js';
import { bidirectional } from '../../../layers/recurrent/bidirectional.js';
import { reverse } from '../../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { formatShape, sameShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import type { Floats } from '../../file-floats.js';
import { arrange, cut } from '../arrange.js';
import { floatsOf } from '../constants.js';
import type { NodeUse, Operator, Outputs } from '../node.js';
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
import { cellActivations } from './activations.js';
import { CELLS, type CellKind, type CellLayer, cellLayers, type Direction } from './cells.js';

const DIRECTIONS = ['forward', 'reverse', 'bidirectional'];

/** The weights of each direction, checked. */
function directionsOf(node: NodeUse, kind: CellKind, D: number, I: number): Direction[] {
  const W = node.constant(1, 'W');
  const R = node.constant(2, 'R');
  const H = node.int('hidden_size', R.shape[2] ?? 0);
  const N = kind.gates * H;
  const part = <F extends Floats>(
    input: number,
    what: string,
    shape: readonly number[],
    floats: (of: Constant) => F,
  ): F[] | null => {
    const given = node.optionalConstant(input, what);
    if (given === null) return null;
    if (!sameShape(given.shape, shape)) {
      node.refuse(`${what} has shape ${formatShape(given.shape)}, expected ${formatShape(shape)}`);
    }
    const data = floats(given);
    const size = data.length / D;
    return Array.from({ length: D }, (_, d) => data.subarray(d * size, (d + 1) * size) as F);
  };
  if (!Number.isSafeInteger(H) || H < 1) node.refuse(`hidden_size is ${H}`);
  for (const { type } of [W, R]) if (type !== 'float') node.refuse('weights are no floats');
  const list = ({ data }: Constant): Float32Array => data as Float32Array;
  const ws = part(1, 'W', [D, N, I], floatsOf) as Floats[];
  const rs = part(2, 'R', [D, N, H], floatsOf) as Floats[];
  const bs = part(3, 'B', [D, 2 * N], list);
  const ps = kind.type === 'lstm' ? part(7, 'P', [D, 3 * H], list) : null;
  const activations = cellActivations(node, D, kind.activations);
  return ws.map((w, d) => ({
    I,
    H,
    W: w,
    R: rs[d],
    B: bs?.[d] ?? null,
    P: ps?.[d] ?? null,
    activations: activations[d],
  }));
}

/** Places of the axes of Y, [time, direction, batch, units] with layout 0. */
interface Layout {
  readonly sequence: (time: Axis, direction: Axis, units: Axis) => Axis[];
  readonly state: (direction: Axis, units: Axis) => Axis[];
  /** Of X. */
  readonly time: number;
  readonly batch: number;
  /** Of an initial state. */
  readonly direction: number;
}

const LAYOUTS: readonly Layout[] = [
  {
    sequence: (time, direction, units) => [time, direction, BATCH, units],
    state: (direction, units) => [direction, BATCH, units],
    time: 0,
    batch: 1,
    direction: 0,
  },
  {
    sequence: (time, direction, units) => [BATCH, time, direction, units],
    state: (direction, units) => [BATCH, direction, units],
    time: 1,
    batch: 0,
    direction: 1,
  },
];

/** A constant as an initial state that is learned: the same for every sample. */
function constantState(
  node: NodeUse,
  layout: Layout,
  index: number,
  { data, shape }: Constant,
  D: number,
  H: number,
): SymbolicTensor[] {
  const where = `its initial state (input ${index})`;
  const batch = 1 - layout.direction;
  if (shape.length !== 3 || shape[layout.direction] !== D || shape[2] !== H || shape[batch] === 0) {
    node.refuse(`${where} has shape ${formatShape(shape)}`);
  }
  const B = shape[batch];
  const of = (d: number, b: number): number => (layout.direction === 0 ? d * B + b : b * D + d) * H;
  return Array.from({ length: D }, (_, d) => {
    const row = data.subarray(of(d, 0), of(d, 0) + H);
    for (let b = 1; b < B; b++) {
      if (row.some((v, i) => v !== data[of(d, b) + i])) {
        node.refuse(`${where} is a constant that differs from sample to sample`);
      }
    }
    const weights = { vector: { data: Float32Array.from(row), shape: [H] } };
    const make = (name: string): Layer => learnedVector({ units: H, name });
    return node.builder.layer('initialState', null, make, weights).apply(node.flow(0).tensor);
  });
}

/** The initial state at an input, one tensor [batch, units] for each direction; null where it is zero. */
function initialState(
  node: NodeUse,
  layout: Layout,
  index: number,
  D: number,
  H: number,
): SymbolicTensor[] | null {
  const value = node.inputs[index] ?? null;
  if (value === null) return null;
  if (value.kind === 'constant') {
    return value.data.every((v) => v === 0) ? null : constantState(node, layout, index, value, D, H);
  }
  if (value.kind !== 'flow') return node.refuse(`its initial state (input ${index}) is a list of sizes`);
  const axes = layout.state([], []);
  const good =
    value.axes.length === 3 &&
    value.axes.every((of, axis) => (of === BATCH) === (axes[axis] === BATCH)) &&
    dimOf(value, layout.direction) === D &&
    dimOf(value, 2) === H;
  if (!good) node.refuse(`its initial state (input ${index}) has shape ${formatDims(dimsOf(value))}`);
  return Array.from({ length: D }, (_, d) => {
    const own: Flow = D === 1 ? value : cut(node.where, node.builder, value, layout.direction, d, 1);
    return arrange(node.where, node.builder, own, [[2]]);
  });
}

/** All initial states, direction by direction; [] where they are zero. */
function initialStates(
  node: NodeUse,
  kind: CellKind,
  layout: Layout,
  D: number,
  H: number,
): SymbolicTensor[] {
  const given = Array.from({ length: kind.states }, (_, s) => initialState(node, layout, 5 + s, D, H));
  const some = given.find((state) => state !== null);
  if (some === undefined) return [];
  return Array.from({ length: D }, (_, d) =>
    given.map((state) => state?.[d] ?? zeros(node, (some as SymbolicTensor[])[d])),
  ).flat();
}

/** Zeros of the shape of x: x − x. */
function zeros(node: NodeUse, x: SymbolicTensor): SymbolicTensor {
  return node.builder.layer('subtract', null, (name) => subtract({ name })).apply([x, x]);
}

/** Accepts lengths that are an input of the graph, or that are all those of the whole sequence. */
function checkLengths(node: NodeUse, time: Dim): void {
  const lengths = node.inputs[4] ?? null;
  if (lengths === null || lengths.kind === 'lengths') return;
  if (lengths.kind === 'constant' && lengths.data.every((length) => length === time)) return;
  node.refuse('sequence_lens (input 4) is neither an input of the graph nor the length of all');
}

/** Both states and outputs of one direction, outputs in the order of time. */
interface Results {
  /** [time, D·units], or null where nobody reads it. */
  readonly sequence: SymbolicTensor | null;
  /** Per state, [D·units]. */
  readonly states: readonly SymbolicTensor[];
}

const joined = (node: NodeUse, parts: readonly SymbolicTensor[]): SymbolicTensor =>
  node.builder.layer('concatenate', null, (name) => concatenate({ name })).apply(parts);

function oneWay(
  node: NodeUse,
  kind: CellKind,
  { make, weights }: CellLayer,
  x: SymbolicTensor,
  initial: readonly SymbolicTensor[],
  goBackwards: boolean,
): Results {
  const returnSequences = node.reads(0);
  const returnState =
    kind.states > 1 ? node.reads(2) || (returnSequences && node.reads(1)) : returnSequences && node.reads(1);
  const layer = node.builder.layer(
    kind.type,
    node.proto,
    (name) => make({ name, returnSequences, returnState, goBackwards }),
    weights,
  );
  const [y, ...states] = layer.applyAll(x, { initialState: initial });
  const inTime = (): SymbolicTensor =>
    goBackwards ? node.builder.layer('reverse', null, (name) => reverse({ name })).apply(y) : y;
  return { sequence: returnSequences ? inTime() : null, states: returnState ? states : [y] };
}

function bothWays(
  node: NodeUse,
  kind: CellKind,
  layers: readonly CellLayer[],
  x: SymbolicTensor,
  initial: readonly SymbolicTensor[],
): Results {
  const returnSequences = node.reads(0);
  const returnState = (returnSequences && node.reads(1)) || (kind.states > 1 && node.reads(2));
  const weights: Record<string, Tensor> = {};
  layers.forEach((layer, d) => {
    const side = d === 0 ? 'forward' : 'backward';
    for (const [name, value] of Object.entries(layer.weights)) weights[`${side}.${name}`] = value;
  });
  const direction = (d: number, name: string) =>
    layers[d].make({ name, returnSequences, returnState, goBackwards: d === 1 });
  const layer = node.builder.layer(
    'bidirectional',
    node.proto,
    (name) =>
      bidirectional({ layer: direction(0, 'forward'), backwardLayer: direction(1, 'backward'), name }),
    weights,
  );
  const [y, ...states] = layer.applyAll(x, { initialState: initial });
  const S = kind.states;
  return {
    sequence: returnSequences ? y : null,
    states: returnState ? Array.from({ length: S }, (_, s) => joined(node, [states[s], states[S + s]])) : [y],
  };
}

function recurrent(kind: CellKind): Operator {
  return (node): Outputs => {
    const direction = node.text('direction', 'forward');
    if (!DIRECTIONS.includes(direction)) node.refuse(`direction is '${direction}'`);
    const D = direction === 'bidirectional' ? 2 : 1;
    const layout = LAYOUTS[node.int('layout', 0)] ?? node.refuse(`layout is ${node.int('layout', 0)}`);
    const x = node.flow(0);
    const features = x.axes.length === 3 ? dimOf(x, 2) : null;
    if (x.axes.length !== 3 || x.axes[layout.batch] !== BATCH || typeof features !== 'number') {
      node.refuse(
        `X has shape ${formatDims(dimsOf(x))}, expected ${layout.batch === 1 ? '[time, batch, features]' : '[batch, time, features]'}; { batchAxis } says which axis of an input is the batch`,
      );
    }
    checkLengths(node, dimOf(x, layout.time));
    const given = directionsOf(node, kind, D, features as number);
    const { H } = given[0];
    const layers = cellLayers(node, kind, given);
    const initial = initialStates(node, kind, layout, D, H);
    const sequence = arrange(node.where, node.builder, x, [[layout.time], [2]]);
    const results =
      D === 2
        ? bothWays(node, kind, layers, sequence, initial)
        : oneWay(node, kind, layers[0], sequence, initial, direction === 'reverse');
    const y = results.sequence && {
      kind: 'flow' as const,
      tensor: results.sequence,
      factors: [[results.sequence.shape[0]], D === 1 ? [H] : [D, H]],
      axes: D === 1 ? layout.sequence([0], [], [1]) : layout.sequence([0], [1], [2]),
    };
    const states = results.states.map(
      (tensor): Flow =>
        D === 1
          ? flowOf(tensor, layout.state([], [0]))
          : { kind: 'flow', tensor, factors: [[D, H]], axes: layout.state([0], [1]) },
    );
    return [y ?? undefined, ...states];
  };
}

/** RNN, GRU and LSTM. */
export const RECURRENT_OPERATORS: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.entries(CELLS).map(([name, kind]) => [name, recurrent(kind)]),
);
