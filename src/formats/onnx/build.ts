import { FormatError, ValueError } from '../../errors.js';
import { activation } from '../../layers/activation.js';
import { input } from '../../layers/input.js';
import type { Layer } from '../../layers/layer.js';
import type { SymbolicTensor } from '../../layers/symbolic.js';
import type { Wiring } from '../../model/network.js';
import { batchAxisOf, factorsOf, straight } from './arrange.js';
import { batchAxisOfInput } from './batch.js';
import type { FunctionTable } from './functions.js';
import { fuseActivations } from './fuse.js';
import type { NodeOrder } from './graph.js';
import { LayerList } from './layers.js';
import { describeNode } from './node.js';
import { madeOf } from './operators/scores.js';
import type { GraphProto, ValueProto } from './proto/messages.js';
import { recognise } from './recognise/index.js';
import type { GraphInput, GraphOutput } from './run.js';
import { type Axis, BATCH, type Constant, type Flow, flowOf } from './values.js';
import { Walk } from './walk.js';

const WHERE = 'importOnnx';
const RECURRENT = ['RNN', 'GRU', 'LSTM'];
/** Type of booleans. */
const BOOL = 9;
/** Input of a recurrent operator that holds lengths. */
const LENGTHS = 4;

/** Open only where the model can be: its first axis. */
function sizesOf({ name, dims }: ValueProto, batchAxis: number): (number | null)[] {
  const others = (dims ?? []).filter((_, axis) => axis !== batchAxis);
  return others.map(({ value }, axis) => {
    const open = value === null || value <= 0;
    if (open && axis > 0) {
      throw new FormatError(
        `${WHERE}: input '${name}': only the batch and the axis that comes first beside it can be of open length`,
      );
    }
    return open ? null : value;
  });
}

function inputFlow(value: ValueProto, batchAxis: number): Flow {
  const { name, dims } = value;
  if (dims === null || dims.length === 0) throw new FormatError(`${WHERE}: input '${name}' has no axes`);
  if (!Number.isSafeInteger(batchAxis) || batchAxis < 0 || batchAxis >= dims.length) {
    throw new ValueError(`${WHERE}: input '${name}': batchAxis is ${batchAxis}, it has ${dims.length} axes`);
  }
  const shape = sizesOf(value, batchAxis);
  const tensor = input({ name, shape: shape.length === 0 ? [1] : shape });
  let next = 0;
  const axes = dims.map((_, axis): Axis => (axis === batchAxis ? BATCH : [next++]));
  return { ...flowOf(tensor, axes), ...(value.type === BOOL && { isBool: true }) };
}

/** The input that holds the lengths of sequences. @throws FormatError where some recurrent nodes have others */
function lengthsInput(order: NodeOrder, open: ReadonlySet<string>): string | null {
  const nodes = order.live.filter(({ op }) => RECURRENT.includes(op));
  const names = nodes.map(({ inputs }) => inputs[LENGTHS] ?? '');
  const name = names.find((given) => open.has(given));
  if (name === undefined) return null;
  const other = nodes.find((_, i) => names[i] !== name);
  if (other === undefined) return name;
  throw new FormatError(`${describeNode(other)}: sequence_lens is not '${name}' as of the other nodes`);
}

/**
 * An output whose batch comes first, with its axes where the file has them: then the model gives what the file gives, but
 * for axes of size 1. Where a length is open they may have to stay as they lie; `run` puts them in order.
 */
function inOrder(name: string, walk: Walk, flow: Flow): Flow {
  if (batchAxisOf(flow) !== 0) return flow;
  const sizes = flow.factors.flat();
  const starts = flow.factors.map((_, axis) => flow.factors.slice(0, axis).flat().length);
  const lying = flow.factors.map((group, axis) => group.map((_, i) => starts[axis] + i));
  const wanted = flow.axes.map((_, axis) => factorsOf(flow, axis));
  const plain = (groups: readonly (readonly number[])[]): string =>
    JSON.stringify(
      groups.map((group) => group.filter((factor) => sizes[factor] !== 1)).filter(({ length }) => length),
    );
  if (plain(lying) === plain(wanted)) return flow;
  if (sizes.includes(null) && wanted.some(({ length }) => length > 1)) return flow;
  return straight(`${WHERE}: output '${name}'`, walk.layers, flow);
}

/** Outputs of the graph, with their places among the model's. */
function outputsOf(graph: GraphProto, walk: Walk): { outputs: GraphOutput[]; tensors: SymbolicTensor[] } {
  const tensors: SymbolicTensor[] = [];
  const outputs = graph.outputs.map(({ name }): GraphOutput => {
    const found = walk.values.get(name);
    if (found === undefined) throw new FormatError(`${WHERE}: nothing makes the output '${name}'`);
    const plain = found.kind === 'scores' ? madeOf(found) : found;
    const value = plain.kind === 'flow' ? inOrder(name, walk, plain) : plain;
    if (value.kind === 'constant') return { name, value: { ...value }, index: -1 }; // a copy of what is in the file
    if (value.kind !== 'flow')
      throw new FormatError(`${WHERE}: the output '${name}' is no tensor of the data`);
    let { tensor } = value;
    if (tensor.node.layer === null) {
      const make = (own: string): Layer => activation({ activation: 'linear', name: own });
      tensor = walk.layers.layer('activation', null, make).apply(tensor);
    }
    const index = tensors.indexOf(tensor);
    if (index >= 0) return { name, value, index };
    tensors.push(tensor);
    return { name, value, index: tensors.length - 1 };
  });
  if (tensors.length === 0) throw new FormatError(`${WHERE}: no output of the graph depends on its inputs`);
  return { outputs, tensors };
}

/** The inputs that outputs depend on. */
function reachedInputs(outputs: readonly SymbolicTensor[]): Set<SymbolicTensor> {
  const reached = new Set<SymbolicTensor>();
  const waiting = [...outputs];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (reached.has(value)) continue;
    reached.add(value);
    waiting.push(...value.node.inputs);
  }
  return reached;
}

/** A graph to be made of layers. */
export interface Blueprint {
  readonly graph: GraphProto;
  readonly order: NodeOrder;
  readonly constants: ReadonlyMap<string, Constant>;
  readonly opset: number;
  readonly functions: FunctionTable;
  readonly fileBytes: number;
  readonly batchAxis: number | Readonly<Record<string, number>> | undefined;
}

/** The layers that a graph became. */
export interface Built {
  readonly wiring: Wiring;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  readonly lengths: { readonly input: string; readonly of: readonly string[] } | null;
  readonly layers: LayerList;
}

/** Makes layers of a graph. */
export function build({ graph, order, constants, opset, functions, fileBytes, batchAxis }: Blueprint): Built {
  const open = graph.inputs.filter(({ name }) => !constants.has(name));
  const lengths = lengthsInput(order, new Set(open.map(({ name }) => name)));
  const layers = new LayerList(fileBytes, lengths !== null, (name) => constants.has(name));
  const walk = new Walk(order, opset, layers, functions);
  for (const [name, value] of constants) walk.values.set(name, value);
  const flows = new Map<SymbolicTensor, GraphInput>();
  for (const value of open) {
    if (!order.isRead(value.name)) continue;
    if (value.name === lengths) {
      walk.values.set(lengths, { kind: 'lengths', input: lengths });
      continue;
    }
    const chosen = typeof batchAxis === 'number' ? batchAxis : batchAxis?.[value.name];
    const axis = chosen ?? batchAxisOfInput(order, value);
    const flow = inputFlow(value, axis);
    walk.values.set(value.name, flow);
    flows.set(flow.tensor, { name: value.name, batchAxis: axis, rank: flow.axes.length });
  }
  for (const node of order.live) walk.node(node);
  const { outputs, tensors: values } = outputsOf(graph, walk);
  const tensors = fuseActivations(layers, recognise(layers, values));
  const reached = reachedInputs(tensors);
  const inputs = [...flows].filter(([tensor]) => reached.has(tensor));
  return {
    wiring: { inputs: inputs.map(([tensor]) => tensor), outputs: tensors },
    inputs: inputs.map(([, info]) => info),
    outputs,
    lengths: lengths === null ? null : { input: lengths, of: maskedInputs(order, lengths, inputs) },
    layers,
  };
}

/** The inputs that are sequences of those lengths. */
function maskedInputs(
  order: NodeOrder,
  lengths: string,
  inputs: readonly (readonly [SymbolicTensor, GraphInput])[],
): string[] {
  const sources = new Set<string>();
  for (const node of order.live) {
    if (!RECURRENT.includes(node.op) || node.inputs[LENGTHS] !== lengths) continue;
    for (const source of order.sources(node.inputs[0])) sources.add(source);
  }
  return inputs
    .filter(([tensor, { name }]) => tensor.shape.length > 1 && sources.has(name))
    .map(([, { name }]) => name);
}
