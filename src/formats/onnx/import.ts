import { checkInteger } from '../../check.js';
import { describeValue } from '../../describe.js';
import { checkOptionNames, FormatError, unknownName, ValueError } from '../../errors.js';
import type { ModelOptions } from '../../model/network.js';
import { type Tensor, type TensorLike, tensorOf } from '../../tensor.js';
import { NamedModel } from '../../training/named/model.js';
import { fileBytes } from '../file.js';
import { placeWeights } from '../weights.js';
import { type Blueprint, type Built, build } from './build.js';
import { constantFrom, kindOfType } from './constants.js';
import { expandFunctions, FunctionTable } from './functions.js';
import { NodeOrder } from './graph.js';
import { noteOf } from './own-layers.js';
import { type GraphProto, readModel, type ValueProto } from './proto/messages.js';
import { reading } from './proto/read.js';
import { type Runnable, runGraph } from './run.js';
import { type StatePair, statePairs, withoutStates } from './states.js';
import { BATCH, type Constant } from './values.js';

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
  /**
   * The graph as layers: batch first, trainable. Its inputs have the graph's names. Where states go in and out of
   * the graph, `stream()` feeds them back by itself, with the weights that the model has then.
   */
  readonly model: NamedModel<Tensor | Tensor[]>;
  /** Inputs of the graph that reach an output, in the order of the model's. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs of the graph, in the order of the file. */
  readonly outputs: readonly OnnxValue[];
  /** Runs the graph on values as ONNX has them, axes and names included. */
  run(feeds: Readonly<Record<string, TensorLike>>): Record<string, Tensor>;
}

const WHERE = 'importOnnx';
const OLDEST_OPSET = 7;

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
  const blueprint: Blueprint = {
    graph,
    order,
    constants,
    opset,
    functions,
    fileBytes: file.length,
    batchAxis,
  };
  const built = build(blueprint);
  const given = { name: graph.name || 'model', ...modelOptions };
  const model = new NamedModel<Tensor | Tensor[]>(built.wiring, given, false);
  placeWeights(model, built.layers.weightsOf(model.graph.layers.map(({ layer }) => layer)));
  const states = statePairs(built.wiring);
  if (states.length > 0) feedBack(model, built, states, given);
  const { inputs, outputs, lengths } = built;
  const runnable: Runnable = { model, inputs, outputs, lengths };
  return {
    model,
    inputs: inputs.map(({ name, batchAxis: axis }) => ({ name, batchAxis: axis })),
    outputs: outputs.map(({ name, value }) => ({
      name,
      batchAxis: value.kind === 'flow' ? value.axes.indexOf(BATCH) : null,
    })),
    run: (feeds) => runGraph(runnable, feeds),
  };
}

/** Makes `stream()` feed states back: it runs the layers without the inputs and outputs of states, on the same weights. */
function feedBack(
  model: NamedModel<Tensor | Tensor[]>,
  { wiring, layers }: Built,
  states: readonly StatePair[],
  options: ModelOptions,
): void {
  let inner: NamedModel<Tensor | Tensor[]> | null = null;
  model.stream = (streamOptions) => {
    inner ??= new NamedModel<Tensor | Tensor[]>(withoutStates(wiring, states, layers), options);
    const all = model.getWeights();
    inner.setWeights(Object.fromEntries(Object.keys(inner.getWeights()).map((name) => [name, all[name]])));
    return inner.stream(streamOptions);
  };
}
