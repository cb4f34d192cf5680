import { ShapeError, ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { type Node, SymbolicTensor } from '../layers/symbolic.js';
import { formatShape, type OpenShape, type Shape } from '../shape.js';

/** A layer of a model with the name it has there. */
export interface NamedLayer {
  readonly layer: Layer;
  readonly name: string;
  /** Position among the model's layers: keys its random masks. */
  readonly index: number;
  /** Input shapes at its first use: they fix the shapes of its weights. */
  readonly inputShapes: readonly OpenShape[];
}

/** The layers and their uses between a model's inputs and outputs, in an order in which they can run. */
export class Graph {
  readonly nodes: readonly Node[];
  readonly layers: readonly NamedLayer[];
  readonly inputNames: readonly string[];
  private readonly layerOf = new Map<Layer, NamedLayer>();

  /**
   * @throws ValueError when an output does not depend on the inputs given, or two layers share a name
   */
  constructor(
    readonly inputs: readonly SymbolicTensor[],
    readonly outputs: readonly SymbolicTensor[],
  ) {
    this.nodes = sortNodes(inputs, outputs);
    this.layers = nameLayers(this.nodes);
    for (const named of this.layers) this.layerOf.set(named.layer, named);
    this.inputNames = inputs.map((value, i) => value.name ?? (i === 0 ? 'input' : `input_${i}`));
  }

  /** The layer of a node, with its name. */
  named(node: Node): NamedLayer {
    return this.layerOf.get(node.layer as Layer) as NamedLayer;
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
}

/** Depth-first from the outputs; inputs come first. */
function sortNodes(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Node[] {
  const sorted: Node[] = inputs.map((value) => value.node);
  const done = new Set<Node>(sorted);
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    if (node.layer === null) {
      const shape = formatShape(node.outputs[0].shape);
      throw new ValueError(`model: outputs depend on an input of shape ${shape} that is not among inputs`);
    }
    for (const value of node.inputs) visit(value.node);
    sorted.push(node);
  };
  for (const value of inputs) {
    if (!(value instanceof SymbolicTensor) || value.node.layer !== null) {
      throw new ValueError('model: inputs must be made by input({ shape })');
    }
  }
  if (outputs.length === 0) throw new ValueError('model: outputs: expected at least one, got none');
  for (const value of outputs) {
    if (!(value instanceof SymbolicTensor)) {
      throw new ValueError('model: outputs must come from layer.apply(...)');
    }
    visit(value.node);
  }
  return sorted;
}

/** Keras's names: the type, then type_1, type_2, ... A name given by the user must be the only one. */
function nameLayers(nodes: readonly Node[]): NamedLayer[] {
  const named: NamedLayer[] = [];
  const seen = new Set<Layer>();
  const taken = new Set<string>();
  const layers = nodes.filter((node) => node.layer !== null);
  for (const { layer } of layers) {
    const given = layer?.givenName;
    if (layer === null || given === undefined || seen.has(layer)) continue;
    seen.add(layer);
    if (taken.has(given)) throw new ValueError(`model: two layers are named '${given}'`);
    taken.add(given);
  }
  seen.clear();
  for (const node of layers) {
    const layer = node.layer as Layer;
    const inputShapes = node.inputs.map((value) => value.shape);
    if (seen.has(layer)) continue;
    seen.add(layer);
    let name = layer.givenName;
    if (name === undefined) {
      const stem = layer.definition.type;
      name = stem;
      for (let i = 1; taken.has(name); i++) name = `${stem}_${i}`;
      taken.add(name);
    }
    named.push({ layer, name, index: named.length, inputShapes });
  }
  return named;
}

/** Throws unless a concrete shape fits the declared one. */
export function checkInputShape(where: string, got: Shape, declared: OpenShape): void {
  const ok = got.length === declared.length && declared.every((d, i) => d === null || d === got[i]);
  if (!ok) {
    const expected = formatShape(declared).replace('[', '[batch, ').replace('null', 'time');
    const came = formatShape(got).replace('[', '[batch, ');
    throw new ShapeError(`${where}: input has shape ${came}, expected ${expected}`);
  }
}
