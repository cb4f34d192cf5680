import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { ShapeError, ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { type Lender, type Node, type Origin, SymbolicTensor } from '../layers/symbolic.js';
import { formatShape, type OpenShape, type Shape, sameShape, withBatch } from '../shape.js';
import { followMasks, type MaskedValues } from './masks.js';
import { paddingsOf } from './paddings.js';

/** A layer of a model with the name it has there. */
export interface NamedLayer {
  readonly layer: Layer;
  readonly name: string;
  /** Position among the model's layers: keys its random masks. */
  readonly index: number;
  /** Input shapes at its first use: they fix the shapes of its weights. */
  readonly inputShapes: readonly OpenShape[];
  /** False where the user froze the layer, or a model that brought it along. */
  readonly trainable: boolean;
  /** The models that brought it along, one for each use in them. */
  readonly origins: readonly Origin[];
}

/** What the data of an input must be where a layer cannot take any number. */
export interface InputRange {
  /** Position among the model's inputs. */
  readonly input: number;
  /** Whole numbers from 0 to below this. */
  readonly limit: number;
  /** Name of the layer that asks for it. */
  readonly layer: string;
}

/** The layers and their uses between a model's inputs and outputs, in an order in which they can run. */
export class Graph {
  readonly nodes: readonly Node[];
  readonly layers: readonly NamedLayer[];
  readonly inputNames: readonly string[];
  /** Names of the layers that make the outputs; a number goes behind where one makes several. */
  readonly outputNames: readonly string[];
  readonly ranges: readonly InputRange[];
  /** The values that have a mask when no lengths are given. */
  readonly masked: MaskedValues;
  /** Per input, what its steps hold that do not count; empty where masks do not begin at all its uses. */
  readonly paddings: readonly (readonly number[])[];
  /** Whether batches may be cut to their longest sequence, by shapes of inputs (steps.ts). */
  readonly cuts = new Map<string, boolean>();
  private readonly maskedByLengths = new Map<string, MaskedValues>();
  private readonly layerOf = new Map<Layer, NamedLayer>();

  /**
   * @throws ValueError when an output does not depend on the inputs given, or two layers or inputs share a name;
   *   ShapeError when the uses of a shared layer need weights of different shapes; MaskError when a mask reaches a
   *   layer that cannot take one
   */
  constructor(
    readonly inputs: readonly SymbolicTensor[],
    readonly outputs: readonly SymbolicTensor[],
  ) {
    checkInputs(inputs);
    checkOutputs(outputs);
    this.inputNames = nameInputs(inputs);
    this.nodes = sortNodes(inputs, outputs);
    this.layers = nameLayers(this.nodes);
    for (const named of this.layers) this.layerOf.set(named.layer, named);
    for (const node of this.nodes) if (node.layer !== null) checkSharing(node, this.named(node));
    for (const named of this.layers) this.checkTie(named);
    this.outputNames = distinct(outputs.map((value) => this.named(value.node).name));
    this.ranges = this.nodes.flatMap((node) => (node.layer === null ? [] : this.rangeOf(node)));
    this.masked = followMasks(this);
    this.paddings = inputs.map((value) => paddingsOf(value, this.nodes));
  }

  /**
   * The values that have a mask when some inputs come with lengths.
   * @throws MaskError when a mask reaches a layer that cannot take one
   */
  maskedWith(lengths: readonly boolean[]): MaskedValues {
    if (!lengths.includes(true)) return this.masked;
    const key = lengths.map(Number).join('');
    let found = this.maskedByLengths.get(key);
    if (found === undefined) {
      found = followMasks(this, lengths);
      this.maskedByLengths.set(key, found);
    }
    return found;
  }

  /** The layer of a node, with its name. */
  named(node: Node): NamedLayer {
    return this.layerOf.get(node.layer as Layer) as NamedLayer;
  }

  /** Throws unless the layer that another is tied to is there, and has the weight that it uses. */
  private checkTie({ layer, name }: NamedLayer): void {
    const weight = layer.definition.tiedWeight?.(layer.config) ?? null;
    if (weight === null) return;
    const owner = layer.tiedTo === null ? undefined : this.layerOf.get(layer.tiedTo);
    if (owner === undefined) {
      const which = layer.tiedTo === null ? 'a layer' : `'${layer.tiedTo.label}'`;
      throw new ValueError(`${name}: is tied to ${which} that is not in this model`);
    }
    const there = owner.layer.definition.parameters(owner.layer.config, owner.inputShapes);
    if (there.some((own) => own.name === weight.name && sameShape(own.shape, weight.shape))) return;
    const expected = `${weight.name} ${formatShape(weight.shape)}`;
    throw new ShapeError(`${name}: is tied to '${owner.name}', which has no weight ${expected}`);
  }

  /** Names of the layers whose weights a layer uses: its own, then that of the one it is tied to. */
  weightOwners({ layer, name }: NamedLayer): string[] {
    const tied = layer.tiedTo === null ? undefined : this.layerOf.get(layer.tiedTo);
    return tied === undefined ? [name] : [name, tied.name];
  }

  /** Concrete shapes of every value for concrete inputs. */
  shapesFor(inputShapes: readonly Shape[]): Map<SymbolicTensor, Shape> {
    const shapes = new Map<SymbolicTensor, Shape>();
    this.inputs.forEach((value, i) => {
      shapes.set(value, inputShapes[i]);
    });
    for (const node of this.nodes) {
      if (node.layer === null) continue;
      const { layer, name } = this.named(node);
      const given = node.inputs.map((value) => shapes.get(value) as Shape);
      const outputs = layer.definition.outputShapes(layer.config, given, name);
      node.outputs.forEach((value, i) => {
        shapes.set(value, outputs[i] as Shape);
      });
    }
    return shapes;
  }

  private rangeOf(node: Node): InputRange[] {
    const { layer, name } = this.named(node);
    const range = layer.definition.inputRange?.(layer.config);
    if (range === undefined) return [];
    const source = node.inputs[0];
    if (source.node.layer !== null) {
      const before = this.named(source.node).name;
      throw new ValueError(`${name}: must be the first layer on an input, it comes after ${before}`);
    }
    return [{ input: this.inputs.indexOf(source), limit: range.integersBelow, layer: name }];
  }
}

function checkInputs(inputs: unknown): void {
  const list = checkList('model', 'inputs', inputs);
  if (list.length === 0) throw new ValueError('model: inputs: expected at least one, got none');
  list.forEach((value, i) => {
    if (!(value instanceof SymbolicTensor) || value.node.layer !== null) {
      const got = value instanceof SymbolicTensor ? 'the output of a layer' : describeValue(value);
      throw new ValueError(`model: inputs must be made by input({ shape }), got ${got}`);
    }
    if (list.indexOf(value) !== i) throw new ValueError('model: inputs: the same input is given twice');
  });
}

function checkOutputs(outputs: unknown): void {
  const list = checkList('model', 'outputs', outputs);
  if (list.length === 0) throw new ValueError('model: outputs: expected at least one, got none');
  for (const value of list) {
    if (!(value instanceof SymbolicTensor) || value.node.layer === null) {
      const got = value instanceof SymbolicTensor ? 'an input' : describeValue(value);
      throw new ValueError(`model: outputs must come from layer.apply(...), got ${got}`);
    }
  }
}

/** Keras's names: input, input_1, ... A name given by the user must be the only one. */
function nameInputs(inputs: readonly SymbolicTensor[]): string[] {
  const given = inputs.flatMap(({ name }) => name ?? []);
  const twice = given.find((name, i) => given.indexOf(name) !== i);
  if (twice !== undefined) throw new ValueError(`model: two inputs are named '${twice}'`);
  const taken = new Set(given);
  return inputs.map(({ name }) => name ?? freeName('input', taken));
}

/** The stem, or else the first of stem_1, stem_2, ... that is not taken yet. Takes it. */
function freeName(stem: string, taken: Set<string>): string {
  let name = stem;
  for (let i = 1; taken.has(name); i++) name = `${stem}_${i}`;
  taken.add(name);
  return name;
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => freeName(name, taken));
}

/** Throws when a further use of a layer would need weights of other shapes than its first use. */
function checkSharing(node: Node, { layer, name, inputShapes }: NamedLayer): void {
  const shapes = node.inputs.map((value) => value.shape);
  const first = layer.definition.parameters(layer.config, inputShapes);
  const own = layer.definition.parameters(layer.config, shapes);
  first.forEach((weight, i) => {
    if (sameShape(weight.shape, own[i].shape)) return;
    throw new ShapeError(
      `${name}: is shared by inputs ${withBatch(inputShapes[0])} and ${withBatch(shapes[0])}, which would need ` +
        `${weight.name} ${formatShape(weight.shape)} and ${formatShape(own[i].shape)}`,
    );
  });
}

/** Depth-first from the outputs; inputs come first. */
function sortNodes(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Node[] {
  const sorted: Node[] = inputs.map((value) => value.node);
  const done = new Set<Node>(sorted);
  const visit = (last: Node): void => {
    const path = [{ node: last, next: 0 }];
    while (path.length > 0) {
      const place = path[path.length - 1];
      const { node } = place;
      if (place.next === 0 && done.has(node)) {
        path.pop();
      } else if (place.next < node.inputs.length) {
        done.add(node);
        path.push({ node: node.inputs[place.next++].node, next: 0 });
      } else if (node.layer === null) {
        const shape = formatShape(node.outputs[0].shape);
        throw new ValueError(`model: outputs depend on an input of shape ${shape} that is not among inputs`);
      } else {
        sorted.push(node);
        path.pop();
      }
    }
  };
  for (const value of outputs) visit(value.node);
  return sorted;
}

/** The uses of each layer, in order of the first. */
function usesOf(nodes: readonly Node[]): Map<Layer, Node[]> {
  const uses = new Map<Layer, Node[]>();
  for (const node of nodes) {
    if (node.layer !== null) uses.set(node.layer, [...(uses.get(node.layer) ?? []), node]);
  }
  return uses;
}

/** Takes a name that a user gave, which must be the only one. */
function takeName(what: string, name: string, taken: Set<string>): void {
  if (taken.has(name)) throw new ValueError(`model: two ${what} are named '${name}'`);
  taken.add(name);
}

/**
 * Keras's names: the type, then type_1, type_2, ... A name given by the user must be the only one. A layer that a
 * model brought along has that model's name in front.
 */
function nameLayers(nodes: readonly Node[]): NamedLayer[] {
  const taken = new Set<string>();
  const uses = usesOf(nodes);
  const lenders = new Map<Lender, string>();
  for (const [{ givenName }, [{ origin }]] of uses) {
    if (origin === null) {
      if (givenName !== undefined) takeName('layers', givenName, taken);
    } else if (origin.model.isNamed && !lenders.has(origin.model)) {
      takeName('models', origin.model.name, taken);
      lenders.set(origin.model, origin.model.name);
    }
  }
  return [...uses].map(([layer, own], index) => {
    const [{ origin, inputs }] = own;
    const origins = own.flatMap((node) => node.origin ?? []);
    return {
      layer,
      name: origin === null ? (layer.givenName ?? freeName(layer.definition.type, taken)) : lentName(origin),
      index,
      inputShapes: inputs.map((value) => value.shape),
      trainable: layer.trainable && origins.every(({ model, trainable }) => model.trainable && trainable),
      origins,
    };
  });

  function lentName({ model, name }: Origin): string {
    const prefix = lenders.get(model) ?? freeName(model.name, taken);
    lenders.set(model, prefix);
    return `${prefix}.${name}`;
  }
}
