import { FormatError } from '../../errors.js';
import type { Layer } from '../../layers/layer.js';
import type { Tensor } from '../../tensor.js';
import { constantFrom, constantOf } from './constants.js';
import type { AttributeProto, GraphProto, NodeProto } from './proto/messages.js';
import type { Constant, Dim, Flow, Value } from './values.js';

/** Makes the layers of a model and remembers what their weights will be. */
export interface Builder {
  /**
   * A layer named after its node, or after its type.
   * @param weights by their names inside the layer
   */
  layer(
    type: string,
    node: NodeProto | null,
    make: (name: string) => Layer,
    weights?: Readonly<Record<string, Tensor>>,
  ): Layer;
  /** Weights of a layer, by their names inside it. */
  of(layer: Layer): Readonly<Record<string, Tensor>>;
  /** Whether the graph has an input with the lengths of sequences. */
  readonly hasLengths: boolean;
  /** Nodes whose work a layer before them does. */
  readonly absorbed: Set<NodeProto>;
  /** Runs steps that use the same layers: those with weights that a node makes in one, it finds in the next. */
  sharing<R>(steps: () => R): R;
  /** Asks for room for what a file does not hold itself. @throws FormatError beyond measure */
  unfold(where: string, numbers: number): void;
}

/** What an operator gives; undefined for an output that nobody reads. */
export type Outputs = readonly (Value | undefined)[];

/** Turns the use of an operator into layers, or computes it. @throws FormatError */
export type Operator = (node: NodeUse) => Outputs;

const text = new TextDecoder();

/** The use of an operator on values that are known. */
export class NodeUse {
  readonly where: string;
  /** Whether axes that the file joins with the batch are apart in what goes in. */
  isFolded = false;

  constructor(
    readonly proto: NodeProto,
    readonly inputs: readonly (Value | null)[],
    readonly opset: number,
    readonly builder: Builder,
    /** Whether something reads an output. */
    readonly reads: (output: number) => boolean,
    /** Nodes that read a value, or null where it is also an output of the graph. */
    readonly readers: (name: string) => readonly NodeProto[] | null,
    /** Looks a constant up by name. */
    readonly constantNamed: (name: string) => Constant | null,
    /** Walks through a graph of the node with values for its inputs, and gives its outputs. */
    readonly runGraph: (graph: GraphProto, given: ReadonlyMap<string, Value>) => readonly Value[],
  ) {
    this.where = describeNode(proto);
  }

  /** The same use of an operator on other values. */
  on(inputs: readonly (Value | null)[], proto: NodeProto = this.proto): NodeUse {
    const { opset, builder, reads, readers, constantNamed, runGraph } = this;
    return new NodeUse(proto, inputs, opset, builder, reads, readers, constantNamed, runGraph);
  }

  /** @throws FormatError always */
  refuse(why: string): never {
    throw new FormatError(`${this.where}: ${why}`);
  }

  private attribute(name: string): AttributeProto | undefined {
    return this.proto.attributes.find((attribute) => attribute.name === name);
  }

  has(name: string): boolean {
    return this.attribute(name) !== undefined;
  }

  int(name: string, otherwise: number): number {
    return this.attribute(name)?.i ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.attribute(name)?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const given = this.attribute(name)?.s;
    return given ? text.decode(given) : otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.attribute(name)?.floats;
  }

  texts(name: string): readonly string[] | undefined {
    return this.attribute(name)?.strings.map((bytes) => text.decode(bytes));
  }

  tensor(name: string): Constant | undefined {
    const given = this.attribute(name)?.t;
    return given ? constantFrom(`${this.where}: ${name}`, given) : undefined;
  }

  /** A graph of the node that must be there. */
  graph(name: string): GraphProto {
    return this.attribute(name)?.g ?? this.refuse(`has no graph '${name}'`);
  }

  /** An input that must be there. */
  input(index: number): Value {
    const value = this.inputs[index] ?? null;
    if (value === null) return this.refuse(`input ${index} is missing`);
    return value;
  }

  /** An input that depends on the data. */
  flow(index: number): Flow {
    const value = this.input(index);
    if (value.kind !== 'flow')
      return this.refuse(`input ${index} is a constant, which cannot be imported here`);
    return value;
  }

  /** An input that must be known, or null where it may be left out and is. */
  constant(index: number, what: string): Constant {
    const value = this.input(index);
    if (value.kind === 'constant') return value;
    if (value.kind === 'dims' && value.dims.every((d) => typeof d === 'number')) {
      return constantOf('int', value.dims as number[], value.scalar ? [] : [value.dims.length]);
    }
    return this.refuse(
      `${what} (input ${index}) is no constant; weights that are inputs of the graph are given with { weights }`,
    );
  }

  optionalConstant(index: number, what: string): Constant | null {
    return (this.inputs[index] ?? null) === null ? null : this.constant(index, what);
  }

  /** An input that is a list of sizes. */
  dims(index: number, what: string): readonly Dim[] {
    const value = this.input(index);
    if (value.kind === 'dims') return value.dims;
    const { data, shape } = this.constant(index, what);
    if (shape.length > 1) this.refuse(`${what} has ${shape.length} axes, expected a list`);
    return [...data];
  }
}

/** A node as messages name it. */
export function describeNode({ name, op, outputs }: NodeProto): string {
  return `importOnnx: node '${name === '' ? (outputs.find((output) => output !== '') ?? '') : name}' (${op})`;
}
