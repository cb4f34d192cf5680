import { checkInteger } from '../../../check.js';
import { checkOptionNames, FormatError, ValueError } from '../../../errors.js';
import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';
import type { Network } from '../../../model/network.js';
import type { Tensor } from '../../../tensor.js';
import type { FunctionProto, ValueProto } from '../proto/messages.js';
import { DATA_TYPE, writeModel } from '../proto/write.js';
import { ACTIVATION_EXPORTERS } from './activations.js';
import { ARITHMETIC_EXPORTERS } from './arithmetic.js';
import { aroundExporters } from './around.js';
import { ATTENTION_EXPORTERS } from './attention.js';
import { CONVOLUTION_EXPORTERS } from './convolution.js';
import { DENSE_EXPORTERS } from './dense.js';
import { MOVE_EXPORTERS } from './moves.js';
import { NORMALIZATION_EXPORTERS } from './normalization.js';
import { POSITION_EXPORTERS } from './positions.js';
import { BIDIRECTIONAL_EXPORTERS, RECURRENT_EXPORTERS } from './recurrent.js';
import { type Exporter, type LayerUse, refuse, type StatePorts } from './use.js';
import { DOMAIN, declareValue, GraphWriter } from './writer.js';

/** Options of {@link exportOnnx}. */
export interface ExportOnnxOptions {
  /** Version of ONNX's operators, 13 to 22. Default 17. */
  opset?: number;
  /**
   * True gives every recurrent layer its start state as an input, `lstm.h` [batch, units], and the state behind the
   * last step as an output, `lstm.h_out`: a graph for streams. Default false.
   */
  states?: boolean;
}

const WHERE = 'exportOnnx';
const OPSETS = { min: 13, max: 22 };
const DEFAULT_OPSET = 17;

/** Version of the format that the operators of an opset came with. */
const irOf = (opset: number): number => (opset >= 21 ? 10 : opset >= 19 ? 9 : 8);

const find = (use: LayerUse): Exporter => {
  if (Object.hasOwn(EXPORTERS, use.type)) return EXPORTERS[use.type];
  return refuse(use, `ONNX has no such layer; exported are ${Object.keys(EXPORTERS).sort().join(', ')}`);
};

/** Every layer that is exported, by type. */
export const EXPORTERS: Readonly<Record<string, Exporter>> = {
  ...RECURRENT_EXPORTERS,
  ...BIDIRECTIONAL_EXPORTERS,
  ...DENSE_EXPORTERS,
  ...ACTIVATION_EXPORTERS,
  ...CONVOLUTION_EXPORTERS,
  ...NORMALIZATION_EXPORTERS,
  ...MOVE_EXPORTERS,
  ...ARITHMETIC_EXPORTERS,
  ...ATTENTION_EXPORTERS,
  ...POSITION_EXPORTERS,
  ...aroundExporters(find),
};

/** Layers that take whole numbers. */
const TAKES_IDS = ['embedding', 'reversibleEmbedding', 'tokenAndPositionEmbedding'];

/** Everything that is known while a model is written. */
class Export {
  readonly functions: FunctionProto[] = [];
  readonly writer: GraphWriter;
  readonly inputs: ValueProto[] = [];
  readonly outputs: ValueProto[] = [];
  private readonly names = new Map<SymbolicTensor, string>();
  private readonly weights: Readonly<Record<string, Tensor>>;
  private readonly ports: StatePorts | null;

  constructor(
    private readonly model: Network,
    opset: number,
    states: boolean,
  ) {
    this.writer = new GraphWriter(opset, this.functions);
    this.weights = model.getWeights();
    this.ports = states ? this.statePorts() : null;
  }

  private statePorts(): StatePorts {
    return {
      input: (name, size) => {
        this.inputs.push(declareValue(this.writer.fresh(name), ['batch', size]));
        return name;
      },
      output: (name, value, size) => {
        const own = this.writer.apply('Identity', [value], `${name}_out`);
        this.outputs.push(declareValue(own, ['batch', size]));
      },
    };
  }

  graph(): void {
    const { graph } = this.model;
    const ids = new Set(graph.ranges.map(({ input }) => input));
    graph.inputs.forEach((value, i) => {
      const name = this.writer.fresh(graph.inputNames[i]);
      const time = i === 0 ? 'time' : `time_${i}`;
      const dims = ['batch', ...value.shape.map((size) => size ?? time)];
      this.inputs.push(declareValue(name, dims, ids.has(i) ? DATA_TYPE.int64 : DATA_TYPE.float));
      this.names.set(value, name);
    });
    const ends = graph.outputNames.map((name) => this.writer.fresh(name));
    for (const node of graph.nodes) if (node.layer !== null) this.node(node);
    const results = graph.outputs.map((value, i) => {
      const from = this.names.get(value) as string;
      this.writer.nodeOf('Identity', [from], { outputs: [ends[i]] });
      return declareValue(ends[i], ['batch', ...value.shape]);
    });
    this.outputs.unshift(...results);
  }

  private node(node: Node): void {
    const { graph } = this.model;
    const { layer, name } = graph.named(node);
    const { definition, config } = layer;
    const prefix = `${name}.`;
    const owner = graph.layers.find((other) => other.layer === layer.tiedTo);
    const nameOf = (weight: string): string =>
      owner !== undefined && weight === definition.tiedWeight?.(config)?.name
        ? `${owner.name}.${weight}`
        : prefix + weight;
    const inputs = node.inputs.map((value) => this.names.get(value) as string);
    const use: LayerUse = {
      name,
      type: definition.type,
      config,
      definition,
      inputs: TAKES_IDS.includes(definition.type)
        ? inputs
        : inputs.map((own, i) => this.asFloats(node, own, i)),
      inputShapes: node.inputs.map((value) => value.shape),
      outputShapes: node.outputs.map((value) => value.shape),
      writer: this.writer,
      weightNames: Object.keys(this.weights)
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length)),
      tensor: (weight) => this.weights[nameOf(weight)],
      weight: (weight) => this.writer.floats(nameOf(weight), this.weights[nameOf(weight)]),
      ports: this.ports,
    };
    const made = find(use)(use);
    node.outputs.forEach((value, i) => {
      this.names.set(value, made[i]);
    });
  }

  /** Ids of an embedding are whole numbers in the file; what else reads them takes floats. */
  private asFloats(node: Node, name: string, input: number): string {
    const value = node.inputs[input];
    const { inputs, ranges } = this.model.graph;
    if (!ranges.some((range) => inputs[range.input] === value)) return name;
    return this.writer.cast(name);
  }
}

/**
 * Writes a model as an ONNX file: what `predict` does, with the batch and, where it is open, the time of any size.
 * Layers for which ONNX has no operator of its own are functions in the file, made of operators that it has, so that
 * other runtimes run them and {@link importOnnx} finds the layers again. Values are batch first, under the names of
 * the model's inputs and of the layers that make its outputs. What acts in training alone is left out, but for
 * `dropout`.
 *
 * @throws FormatError for a layer, an option of one, or a mask that ONNX cannot say; ValueError, UnknownNameError for
 *   options
 */
export function exportOnnx(
  model: Pick<Network, 'getWeights'>,
  options: ExportOnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  checkOptionNames(WHERE, options, ['opset', 'states']);
  const opset = checkInteger(WHERE, 'opset', options.opset ?? DEFAULT_OPSET, OPSETS);
  const { states = false } = options;
  if (typeof states !== 'boolean') throw new ValueError(`${WHERE}: states must be true or false`);
  const network = model as Network;
  const { quantizedLayer, graph } = network;
  if (quantizedLayer !== null)
    throw new FormatError(`${WHERE}: ${quantizedLayer} keeps its weights in 8 bits`);
  if (graph.masked.size > 0) {
    throw new FormatError(
      `${WHERE}: the model makes masks, which ONNX does not have: sequences must be of one length`,
    );
  }
  const made = new Export(network, opset, states);
  made.graph();
  const { writer, functions, inputs, outputs } = made;
  const opsets = new Map([['', opset]]);
  if (functions.length > 0) opsets.set(DOMAIN, 1);
  const { nodes, constants } = writer;
  const file = { name: network.name, nodes, constants, inputs, outputs };
  return writeModel({ opsets, graph: file, functions }, irOf(opset)) as Uint8Array<ArrayBuffer>;
}
