import type { Layer } from '../../../layers/layer.js';
import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';
import type { Graph, NamedLayer } from '../../../model/graph.js';
import type { OpenShape } from '../../../shape.js';
import { type Fields, type Place, refuse, serialize } from '../dialect.js';
import { mappingOfType, writeLayer } from '../layers/index.js';
import type { CallForm } from '../layers/mapping.js';
import { placedSlots, type WeightNode } from '../weights/slots.js';
import { kerasOrder, ownerOf } from './order.js';

/** A model in Keras's words. */
export interface WrittenModel {
  readonly className: 'Sequential' | 'Functional';
  readonly config: Fields;
  readonly weights: WeightNode;
}

/** What is written, and how. */
export interface WriteRequest extends Place {
  readonly graph: Graph;
  readonly name: string;
  /** Samples in a batch, which stateful models of Keras's have to know; null for any number. */
  readonly batchSize: number | null;
}

/** A layer with its place in the file. */
interface Entry {
  readonly named: NamedLayer;
  readonly className: string;
  readonly config: Fields;
  readonly call: Fields;
  readonly form: CallForm;
  readonly uses: readonly Node[];
}

const batchShape = ({ batchSize }: WriteRequest, shape: OpenShape): (number | null)[] => [
  batchSize,
  ...shape,
];

/** The key of a batch's shape: another one since Keras 3. */
const shapeKey = ({ family }: Place): string => (family === 'keras 3' ? 'batch_shape' : 'batch_input_shape');

function inputConfig(request: WriteRequest, name: string, shape: OpenShape): Fields {
  const ragged = request.family === 'tfjs' ? {} : { ragged: false };
  return {
    [shapeKey(request)]: batchShape(request, shape),
    dtype: 'float32',
    sparse: false,
    ...ragged,
    name,
  };
}

function entryOf(request: WriteRequest, named: NamedLayer): Entry {
  const { layer, name, trainable } = named;
  const { type, stateful } = layer.definition;
  const place: Place = { where: `${request.where}: ${name}`, family: request.family };
  if (name.includes('/')) refuse(place, "its name has a '/', which Keras does not take");
  if (stateful?.(layer.config) === true && request.batchSize === null) {
    refuse(place, 'is stateful: Keras has to know the samples in a batch; say them as batchSize');
  }
  const { className, config } = writeLayer(place, type, layer.config);
  const mapping = mappingOfType(place, type);
  return {
    named,
    className,
    config: { name, trainable, ...(request.family === 'tfjs' ? {} : { dtype: 'float32' }), ...config },
    call: mapping.call?.(layer.config as Fields) ?? {},
    form: mapping.form,
    uses: request.graph.nodes.filter((node) => node.layer === layer),
  };
}

/** Where outputs of uses stand in the file. */
class Places {
  constructor(
    private readonly request: WriteRequest,
    private readonly entries: ReadonlyMap<Layer, Entry>,
  ) {}

  link({ node, index }: SymbolicTensor): [string, number, number] {
    const { graph } = this.request;
    if (node.layer === null) {
      const position = graph.inputs.findIndex((value) => value.node === node);
      return [graph.inputNames[position], 0, index];
    }
    const { named, uses } = this.entries.get(node.layer) as Entry;
    return [named.name, uses.indexOf(node), index];
  }

  /** A value as Keras 3 writes it. */
  private tensor(value: SymbolicTensor): Fields {
    const config = {
      shape: batchShape(this.request, value.shape),
      dtype: 'float32',
      keras_history: this.link(value),
    };
    return { class_name: '__keras_tensor__', config };
  }

  /** A use with its arguments. */
  use({ form, call, named }: Entry, node: Node): unknown {
    const values = node.inputs;
    const [first, ...rest] = values;
    if (this.request.family !== 'keras 3') return this.olderUse(form, call, node);
    const tensors = values.map((value) => this.tensor(value));
    if (form === 'list' || form === 'list of query value key') return { args: [tensors], kwargs: call };
    if (form === 'query value key') {
      const [query, value = query, key] = tensors;
      return { args: [query, value], kwargs: { ...call, ...(key !== undefined && { key }) } };
    }
    const states = rest.map((value) => this.tensor(value));
    if (form === 'states') {
      return { args: [this.tensor(first)], kwargs: states.length > 0 ? { initial_state: states } : {} };
    }
    if (rest.length > 0) refuse(this.request, `${named.name}: has ${values.length} inputs, Keras takes one`);
    return { args: [this.tensor(first)], kwargs: call };
  }

  private olderUse(form: CallForm, call: Fields, node: Node): unknown {
    const links = node.inputs.map((value) => this.link(value));
    if (form !== 'query value key') return links.map((link, i) => [...link, i === 0 ? call : {}]);
    const [query, value = query, key] = links;
    return [[...query, { ...call, value, ...(key !== undefined && { key }) }]];
  }
}

/** Whether layers follow one another, each used once on the output of the one before. */
function isChain({ graph }: WriteRequest, entries: ReadonlyMap<Layer, Entry>): boolean {
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) return false;
  let value = graph.inputs[0];
  for (const node of graph.nodes) {
    if (node.layer === null) continue;
    const { uses, call, form } = entries.get(node.layer) as Entry;
    const plain = uses.length === 1 && Object.keys(call).length === 0 && form !== 'query value key';
    if (!plain || form.startsWith('list') || node.inputs.length !== 1 || node.inputs[0] !== value)
      return false;
    if (node.outputs.length !== 1) return false;
    value = node.outputs[0];
  }
  return graph.outputs[0] === value;
}

const weightsOf = ({ named, className, config }: Entry): WeightNode => ({
  name: named.name,
  className,
  slots: placedSlots(named, { className, config }),
  children: [],
});

const inputNode = (name: string): WeightNode => ({ name, className: 'InputLayer', slots: [], children: [] });

function writeSequential(request: WriteRequest, entries: readonly Entry[]): WrittenModel {
  const { graph, name } = request;
  const [{ shape }] = graph.inputs;
  const head = inputConfig(request, graph.inputNames[0], shape);
  const layers = [
    serialize(request, 'layers', 'InputLayer', head),
    ...entries.map(({ className, config }) => serialize(request, 'layers', className, config)),
  ];
  return {
    className: 'Sequential',
    config: { name, ...(request.family === 'keras 3' && { trainable: true, dtype: 'float32' }), layers },
    weights: { name, className: 'Sequential', slots: [], children: entries.map(weightsOf) },
  };
}

function writeFunctional(request: WriteRequest, entries: ReadonlyMap<Layer, Entry>): WrittenModel {
  const { graph, name } = request;
  const places = new Places(request, entries);
  const children: WeightNode[] = [];
  const layers = kerasOrder(graph.inputs, graph.outputs).map((owner) => {
    const position = graph.inputs.findIndex(({ node }) => ownerOf(node) === owner);
    if (position >= 0) {
      const own = graph.inputNames[position];
      children.push(inputNode(own));
      const config = inputConfig(request, own, graph.inputs[position].shape);
      return { ...serialize(request, 'layers', 'InputLayer', config), name: own, inbound_nodes: [] };
    }
    const entry = entries.get(owner as Layer) as Entry;
    children.push(weightsOf(entry));
    return {
      ...serialize(request, 'layers', entry.className, entry.config),
      name: entry.named.name,
      inbound_nodes: entry.uses.map((node) => places.use(entry, node)),
    };
  });
  const links = (values: readonly SymbolicTensor[]): unknown => values.map((value) => places.link(value));
  return {
    className: 'Functional',
    config: {
      name,
      ...(request.family !== 'tfjs' && { trainable: true }),
      layers,
      input_layers: links(graph.inputs),
      output_layers: links(graph.outputs),
    },
    weights: { name, className: 'Functional', slots: [], children },
  };
}

/**
 * A model in Keras's words: Sequential where its layers follow one another, else Functional. Layers of models inside
 * it are written as its own.
 * @throws FormatError that names the layer and option that Keras has not
 */
export function writeModel(request: WriteRequest): WrittenModel {
  const entries = new Map(
    request.graph.layers.map((named) => [named.layer, entryOf(request, named)] as const),
  );
  if (isChain(request, entries)) return writeSequential(request, [...entries.values()]);
  return writeFunctional(request, entries);
}
