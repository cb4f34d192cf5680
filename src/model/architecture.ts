import { FormatError } from '../errors.js';
import { input } from '../layers/input.js';
import { Layer } from '../layers/layer.js';
import type { Resolve } from '../layers/restore.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { OpenShape } from '../shape.js';
import type { Graph } from './graph.js';
import type { Wiring } from './network-core.js';
import { readFlag, readList, readRecord, readText, readWhole } from './reading.js';

/** A graph as JSON: layers with their options, their uses in order, and which outputs feed which inputs. */
export interface Architecture {
  readonly inputs: readonly { readonly name: string; readonly shape: OpenShape }[];
  readonly layers: readonly {
    readonly type: string;
    readonly name: string;
    readonly trainable: boolean;
    readonly config: object;
    /** Position of the layer that it is tied to. */
    readonly tiedTo?: number;
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
    layers: graph.layers.map(({ layer, name, trainable }) => ({
      type: layer.definition.type,
      name,
      trainable,
      config: layer.config,
      ...(layer.tiedTo && { tiedTo: graph.layers.findIndex((other) => other.layer === layer.tiedTo) }),
    })),
    nodes: graph.nodes
      .filter((node) => node.layer !== null)
      .map((node) => ({ layer: graph.named(node).index, inputs: node.inputs.map(link) })),
    outputs: graph.outputs.map(link),
  };
}

/**
 * Builds the graph that {@link describe} wrote down, from a value that may be anything.
 * @param resolve finds layer types
 * @throws FormatError when it does not hold together; what the layers' options and shapes throw
 */
export function rebuild(architecture: unknown, resolve: Resolve): Wiring {
  const parts = readRecord('architecture', architecture);
  const list = (name: string): readonly Readonly<Record<string, unknown>>[] =>
    readList(name, parts[name]).map((entry, i) => readRecord(`${name}[${i}]`, entry));
  const layers = list('layers').map((layer, i) => rebuildLayer(layer, i, resolve));
  list('layers').forEach(({ tiedTo }, i) => {
    if (tiedTo === undefined) return;
    layers[i].tiedTo = layers[readWhole(`layers[${i}].tiedTo`, tiedTo, layers.length)];
  });
  const values: SymbolicTensor[][] = list('inputs').map(({ name, shape }, i) => [
    input({
      name: readText(`inputs[${i}].name`, name),
      shape: readList(`inputs[${i}].shape`, shape) as OpenShape,
    }),
  ]);
  const inputs = values.map(([value]) => value);
  const follow = (what: string, link: unknown): SymbolicTensor => {
    const [from, index, ...rest] = readList(what, link);
    const outputs = values[readWhole(what, from, values.length)];
    if (rest.length > 0) throw new FormatError(`load: ${what}: expected [use, output]`);
    return outputs[readWhole(what, index, outputs.length)];
  };
  list('nodes').forEach((node, i) => {
    const what = `nodes[${i}].inputs`;
    const layer = layers[readWhole(`nodes[${i}].layer`, node.layer, layers.length)];
    values.push(layer.applyAll(readList(what, node.inputs).map((link) => follow(what, link))));
  });
  return { inputs, outputs: readList('outputs', parts.outputs).map((link) => follow('outputs', link)) };
}

function rebuildLayer(saved: Readonly<Record<string, unknown>>, i: number, resolve: Resolve): Layer {
  const what = `layers[${i}]`;
  const name = readText(`${what}.name`, saved.name);
  const trainable = readFlag(`${what}.trainable`, saved.trainable);
  const definition = resolve(readText(`${what}.type`, saved.type));
  return new Layer(
    definition,
    definition.restore(readRecord(`${what}.config`, saved.config), name, resolve),
    name,
    trainable,
  );
}
