import { checkInteger } from '../../check.js';
import { describeValue } from '../../describe.js';
import { checkOptionNames, FormatError, unknownName, ValueError } from '../../errors.js';
import { activation } from '../../layers/activation.js';
import { input } from '../../layers/input.js';
import type { Layer } from '../../layers/layer.js';
import type { SymbolicTensor } from '../../layers/symbolic.js';
import type { ModelOptions } from '../../model/network.js';
import { type Tensor, type TensorLike, tensorOf } from '../../tensor.js';
import { Model } from '../../training/model.js';
import { fileBytes } from '../file.js';
import { batchAxisOf, factorsOf, straight } from './arrange.js';
import { batchAxisOfInput } from './batch.js';
import { constantFrom, kindOfType } from './constants.js';
import { expandFunctions, FunctionTable } from './functions.js';
import { NodeOrder } from './graph.js';
import { LayerList } from './layers.js';
import { describeNode, NodeUse, type Operator } from './node.js';
import { OPERATORS } from './operators/index.js';
import { noteOf, restoreLayer } from './own-layers.js';
import { type GraphProto, type NodeProto, readModel, type ValueProto } from './proto/messages.js';
import { reading } from './proto/read.js';
import { type GraphInput, type GraphOutput, type Runnable, runGraph } from './run.js';
import { type Axis, BATCH, type Constant, type Flow, flowOf, type Value } from './values.js';

/** Options of {@link importOnnx}. */
export interface ImportOnnxOptions extends ModelOptions {
  /** Weights that the graph takes as inputs, by their names there. */
  weights?: Readonly<Record<string, TensorLike>>;
  /**
   * Which axis of the graph's inputs is the batch, for all or by name. Default: the axis that is named so, else
   * what recurrent layers and convolutions behind the input say, else the first.
   */
  batchAxis?: number | Readonly<Record<string, number>>;
}

/** An input or output of an imported graph. */
export interface OnnxValue {
  /** Its name in the file. */
  readonly name: string;
  /** Which of ONNX's axes is the batch; null where there is none. The model has it in front. */
  readonly batchAxis: number | null;
}

/** What {@link importOnnx} gives. */
export interface OnnxModel {
  /** The graph as layers: batch first, trainable. Its inputs have the graph's names. */
  readonly model: Model<Tensor | Tensor[]>;
  /** Inputs of the graph that reach an output, in the order of the model's. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs of the graph, in the order of the file. */
  readonly outputs: readonly OnnxValue[];
  /** Runs the graph on values as ONNX has them, axes and names included. */
  run(feeds: Readonly<Record<string, TensorLike>>): Record<string, Tensor>;
}

const WHERE = 'importOnnx';
const OLDEST_OPSET = 7;
const RECURRENT = ['RNN', 'GRU', 'LSTM'];
/** Input of a recurrent operator that holds lengths. */
const LENGTHS = 4;

/** Nodes of a graph at most. */
const MOST_NODES = 100_000;

function parse(bytes: Uint8Array): { graph: GraphProto; opset: number; functions: FunctionTable } {
  const { graph, opsets, functions } = reading(
    () => readModel(bytes),
    (why) =>
      new FormatError(`${WHERE}: these ${bytes.length} bytes are no ONNX model, or a damaged one: ${why}`),
  );
  const opset = opsets.get('');
  if (graph === null || opset === undefined) {
    throw new FormatError(`${WHERE}: these ${bytes.length} bytes are no ONNX model: no graph, or no opset`);
  }
  if (opset < OLDEST_OPSET) {
    throw new FormatError(
      `${WHERE}: opset ${opset} is older than ${OLDEST_OPSET}; onnx.version_converter lifts it`,
    );
  }
  if (graph.nodes.length > MOST_NODES) {
    throw new FormatError(`${WHERE}: the graph has ${graph.nodes.length} nodes, ${MOST_NODES} are read`);
  }
  const table = new FunctionTable(functions);
  const expanded = expandFunctions(graph, table, (own) => noteOf(own) !== null, MOST_NODES);
  return { graph: expanded, opset, functions: table };
}

/** Constants of the file, and weights that are given for inputs. */
function constantsOf(
  graph: GraphProto,
  weights: Readonly<Record<string, TensorLike>>,
): Map<string, Constant> {
  const found = new Map<string, Constant>();
  for (const tensor of graph.constants) {
    found.set(tensor.name, constantFrom(`${WHERE}: constant '${tensor.name}'`, tensor));
  }
  const known = graph.inputs.map(({ name }) => name);
  for (const [name, value] of Object.entries(weights)) {
    if (!known.includes(name)) throw unknownName(`${WHERE}: weights`, 'input', name, known);
    const { data, shape } = tensorOf(`${WHERE}: weights.${name}`, value);
    const declared = graph.inputs.find((entry) => entry.name === name) as ValueProto;
    const type = declared.type === 0 ? 'float' : kindOfType(`${WHERE}: input '${name}'`, declared.type);
    found.set(name, { kind: 'constant', type, data, shape });
  }
  return found;
}

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
  return flowOf(
    tensor,
    dims.map((_, axis): Axis => (axis === batchAxis ? BATCH : [next++])),
  );
}

function checkOptions(options: ImportOnnxOptions): void {
  checkOptionNames(WHERE, options, ['weights', 'batchAxis', 'seed', 'name', 'numerics', 'threads']);
  const { weights, batchAxis } = options;
  if (weights !== undefined && (typeof weights !== 'object' || weights === null)) {
    throw new ValueError(`${WHERE}: weights must be tensors by name, got ${describeValue(weights)}`);
  }
  if (batchAxis === undefined) return;
  if (typeof batchAxis !== 'object' || batchAxis === null) {
    checkInteger(WHERE, 'batchAxis', batchAxis, { min: 0 });
    return;
  }
  for (const [name, axis] of Object.entries(batchAxis)) {
    checkInteger(`${WHERE}: batchAxis`, name, axis, { min: 0 });
  }
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

/** Everything that is known by name while the graph is walked. */
class Walk {
  readonly values = new Map<string, Value>();

  constructor(
    readonly order: NodeOrder,
    readonly opset: number,
    readonly layers: LayerList,
    private readonly functions: FunctionTable,
  ) {}

  /** What a node does. @throws FormatError for an operator that is not imported */
  private operatorOf(proto: NodeProto): Operator {
    const { op, domain } = proto;
    const layer = this.functions.of(proto);
    const note = layer === undefined ? null : noteOf(layer);
    if (note !== null) return (use) => restoreLayer(use, note);
    const own = domain === '' || domain === 'ai.onnx' || domain === 'com.microsoft';
    if (own && Object.hasOwn(OPERATORS, op)) return OPERATORS[op];
    const named = domain === '' ? op : `${domain}.${op}`;
    throw new FormatError(`${describeNode(proto)}: the operator ${named} is not imported`);
  }

  node(proto: NodeProto): void {
    const operator = this.operatorOf(proto);
    const inputs = proto.inputs.map((name) => (name === '' ? null : this.value(proto, name)));
    const use = new NodeUse(
      proto,
      inputs,
      this.opset,
      this.layers,
      (output) => this.order.isRead(proto.outputs[output] ?? ''),
      (name) => this.order.readers(name),
      (name) => {
        const found = this.values.get(name);
        return found?.kind === 'constant' ? found : null;
      },
    );
    const outputs = operator(use);
    proto.outputs.forEach((name, i) => {
      const value = outputs[i];
      if (value !== undefined && name !== '') this.values.set(name, value);
    });
  }

  private value(proto: NodeProto, name: string): Value {
    const value = this.values.get(name);
    if (value !== undefined) return value;
    throw new FormatError(`${describeNode(proto)}: nothing before it makes '${name}'`);
  }
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
    const value = found.kind === 'flow' ? inOrder(name, walk, found) : found;
    if (value.kind === 'constant') return { name, value, index: -1 };
    if (value.kind !== 'flow') throw new FormatError(`${WHERE}: the output '${name}' is a shape`);
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

/**
 * Reads an ONNX model (opset 7 and later) and makes a model of ours of its graph, which predicts, streams and
 * trains on. Constants of the file are its weights; what only reckons with shapes is reckoned out.
 *
 * @param bytes the file
 * @throws FormatError for a file that is damaged, or that holds what cannot be imported: it names node and
 *   operator; ValueError, UnknownNameError for options
 */
export function importOnnx(bytes: Uint8Array | ArrayBuffer, options: ImportOnnxOptions = {}): OnnxModel {
  checkOptions(options);
  const { weights = {}, batchAxis, ...modelOptions } = options;
  const file = fileBytes(WHERE, bytes);
  const { graph, opset, functions } = parse(file);
  const order = new NodeOrder(graph);
  const constants = constantsOf(graph, weights);
  const open = graph.inputs.filter(({ name }) => !constants.has(name));
  const lengths = lengthsInput(order, new Set(open.map(({ name }) => name)));
  const layers = new LayerList(file.length, lengths !== null);
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
  const { outputs, tensors } = outputsOf(graph, walk);
  const reached = reachedInputs(tensors);
  const inputs = [...flows].filter(([tensor]) => reached.has(tensor));
  const wiring = { inputs: inputs.map(([tensor]) => tensor), outputs: tensors };
  const model = new Model<Tensor | Tensor[]>(wiring, { name: graph.name || 'model', ...modelOptions });
  model.setWeights(layers.weightsOf(model.graph.layers.map(({ layer }) => layer)));
  const runnable: Runnable = {
    model,
    inputs: inputs.map(([, info]) => info),
    outputs,
    lengths: lengths === null ? null : { input: lengths, of: maskedInputs(order, lengths, inputs) },
  };
  return {
    model,
    inputs: runnable.inputs.map(({ name, batchAxis: axis }) => ({ name, batchAxis: axis })),
    outputs: outputs.map(({ name, value }) => ({
      name,
      batchAxis: value.kind === 'flow' ? value.axes.indexOf(BATCH) : null,
    })),
    run: (feeds) => runGraph(runnable, feeds),
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
