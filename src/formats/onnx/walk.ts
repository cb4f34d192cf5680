import { FormatError } from '../../errors.js';
import { constantFrom } from './constants.js';
import { expandFunctions, type FunctionTable } from './functions.js';
import { NodeOrder } from './graph.js';
import { type LayerList, MOST_NODES } from './layers.js';
import { describeNode, NodeUse, type Operator } from './node.js';
import { OPERATORS } from './operators/index.js';
import { MICROSOFT_OPERATORS } from './operators/microsoft.js';
import { madeOf } from './operators/scores.js';
import { onValues } from './operators/special.js';
import { noteOf, restoreLayer } from './own-layers.js';
import type { GraphProto, NodeProto } from './proto/messages.js';
import type { Value } from './values.js';

/** Graphs inside one another at most. */
const DEEPEST = 16;

/** Everything that is known by name while the graph is walked. */
export class Walk {
  readonly values = new Map<string, Value>();

  constructor(
    readonly order: NodeOrder,
    readonly opset: number,
    readonly layers: LayerList,
    private readonly functions: FunctionTable,
    /** The walk around this one, whose values a graph inside a node may read. */
    private readonly outer: Walk | null = null,
    private readonly depth = 0,
  ) {}

  /** Walks through a graph inside a node. @returns its outputs */
  private inside(proto: NodeProto, own: GraphProto, given: ReadonlyMap<string, Value>): Value[] {
    const where = describeNode(proto);
    const graph = expandFunctions(own, this.functions, (one) => noteOf(one) !== null, MOST_NODES);
    if (this.depth >= DEEPEST) throw new FormatError(`${where}: graphs are more than ${DEEPEST} deep`);
    const inner = new Walk(
      new NodeOrder(graph),
      this.opset,
      this.layers,
      this.functions,
      this,
      this.depth + 1,
    );
    for (const tensor of graph.constants) {
      inner.values.set(tensor.name, constantFrom(`${where}: constant '${tensor.name}'`, tensor));
    }
    for (const [name, value] of given) inner.values.set(name, value);
    for (const node of inner.order.live) inner.node(node);
    return graph.outputs.map(({ name }) => {
      const value = inner.value(proto, name);
      return value.kind === 'scores' ? madeOf(value) : value;
    });
  }

  /** What a node does. @throws FormatError for an operator that is not imported */
  private operatorOf(proto: NodeProto): Operator {
    const { op, domain } = proto;
    const layer = this.functions.of(proto);
    const note = layer === undefined ? null : noteOf(layer);
    if (note !== null) return (use) => restoreLayer(use, note);
    const own = domain === '' || domain === 'ai.onnx' || domain === 'com.microsoft';
    if (domain === 'com.microsoft' && Object.hasOwn(MICROSOFT_OPERATORS, op)) return MICROSOFT_OPERATORS[op];
    if (own && Object.hasOwn(OPERATORS, op)) return OPERATORS[op];
    const named = domain === '' ? op : `${domain}.${op}`;
    throw new FormatError(`${describeNode(proto)}: the operator ${named} is not imported`);
  }

  node(proto: NodeProto): void {
    const operator = this.operatorOf(proto);
    this.layers.countNode(proto);
    const inputs = proto.inputs.map((name) => (name === '' ? null : this.value(proto, name)));
    const use = new NodeUse(
      proto,
      inputs,
      this.opset,
      this.layers,
      (output) => this.order.isRead(proto.outputs[output] ?? ''),
      (name) => this.order.readers(name),
      (name) => {
        const found = this.find(name);
        return found?.kind === 'constant' ? found : null;
      },
      (graph, given) => this.inside(proto, graph, given),
    );
    const outputs = onValues(use, operator);
    proto.outputs.forEach((name, i) => {
      const value = outputs[i];
      if (value !== undefined && name !== '') this.values.set(name, value);
    });
  }

  private find(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.find(name);
  }

  private value(proto: NodeProto, name: string): Value {
    const value = this.find(name);
    if (value !== undefined) return value;
    throw new FormatError(`${describeNode(proto)}: nothing before it makes '${name}'`);
  }
}
