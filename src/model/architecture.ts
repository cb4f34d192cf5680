import { FormatError } from '../errors.js';
import { input } from '../layers/input.js';
import { Layer } from '../layers/layer.js';
import { definitionOf } from '../layers/registry.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { OpenShape } from '../shape.js';
import type { Graph } from './graph.js';
import type { Wiring } from './network.js';

/** A graph as JSON: layers with their options, their uses in order, and which outputs feed which inputs. */
export interface Architecture {
  readonly inputs: readonly { readonly name: string; readonly shape: OpenShape }[];
  readonly layers: readonly {
    readonly type: string;
    readonly name: string;
    readonly trainable: boolean;
    readonly config: object;
  }[];
  /** Each use: position of its layer, and its inputs as [use, output]; uses count on from the inputs. */
  readonly nodes: readonly {
    readonly layer: number;
    readonly inputs: readonly (readonly [number, number])[];
  }[];
  readonly outputs: readonly (readonly [number, number])[];
}

/** Writes a graph down. */
export function describe(graph: Graph): Architecture {
  const position = new Map<Node, number>(graph.nodes.map((node, i) => [node, i]));
  const link = (value: SymbolicTensor): [number, number] => [position.get(value.node) as number, value.index];
  return {
    inputs: graph.inputs.map((value, i) => ({ name: graph.inputNames[i], shape: value.shape })),
    layers: graph.layers.map(({ layer, name }) => ({
      type: layer.definition.type,
      name,
      trainable: layer.trainable,
      config: layer.config,
    })),
    nodes: graph.nodes
      .filter((node) => node.layer !== null)
      .map((node) => ({ layer: graph.named(node).index, inputs: node.inputs.map(link) })),
    outputs: graph.outputs.map(link),
  };
}

/**
 * Builds the graph that {@link describe} wrote down.
 * @throws FormatError when it does not hold together, UnknownNameError for a layer type that is not known
 */
export function rebuild(architecture: Architecture): Wiring {
  const { inputs, layers, nodes, outputs } = architecture;
  const lists = [inputs, layers, nodes, outputs];
  if (!lists.every(Array.isArray)) throw new FormatError('load: the architecture is incomplete');
  const made = layers.map(
    ({ type, name, trainable, config }) => new Layer(definitionOf(type), config, name, trainable),
  );
  const values: SymbolicTensor[][] = inputs.map(({ name, shape }) => [input({ name, shape })]);
  const follow = ([node, index]: readonly [number, number]): SymbolicTensor => {
    const value = values[node]?.[index];
    if (value === undefined) throw new FormatError(`load: output ${index} of use ${node} does not exist`);
    return value;
  };
  for (const { layer, inputs: links } of nodes) {
    if (made[layer] === undefined) throw new FormatError(`load: layer ${layer} does not exist`);
    values.push(made[layer].applyAll(links.map(follow)));
  }
  return { inputs: inputs.map((_, i) => values[i][0]), outputs: outputs.map(follow) };
}
