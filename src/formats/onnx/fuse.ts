import type { ActivationName } from '../../layers/activations.js';
import { Layer } from '../../layers/layer.js';
import type { Node, SymbolicTensor } from '../../layers/symbolic.js';
import type { LayerList } from './layers.js';

/** Layers that activate what they give, with the same bits as `activation` behind them and one pass over it less. */
const ACTIVATING = ['dense', 'conv1d'];

interface Activating {
  readonly activation: ActivationName;
}

/** The uses of layers behind values, each after those whose outputs it reads. */
function usesBehind(roots: readonly SymbolicTensor[]): Node[] {
  const order = new Set<Node>();
  const seen = new Set<Node>();
  const stack = roots.map(({ node }) => node);
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const waits = seen.has(node) ? [] : node.inputs.filter((value) => !seen.has(value.node));
    seen.add(node);
    for (const value of waits) stack.push(value.node);
    if (waits.length > 0) continue;
    order.add(node);
    stack.pop();
  }
  return [...order];
}

const countOf = <K>(counts: ReadonlyMap<K, number>, key: K): number => counts.get(key) ?? 0;

function counted<K>(keys: Iterable<K>): Map<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, countOf(counts, key) + 1);
  return counts;
}

/**
 * The values of a graph with each activation that alone reads what a `dense` or `conv1d` gives as an option of that
 * layer.
 */
export function fuseActivations(list: LayerList, roots: readonly SymbolicTensor[]): SymbolicTensor[] {
  const order = usesBehind(roots);
  const readers = counted([...order.flatMap(({ inputs }) => inputs), ...roots]);
  const uses = counted(order.map(({ layer }) => layer));
  const now = new Map<SymbolicTensor, SymbolicTensor>();
  const current = (value: SymbolicTensor): SymbolicTensor => now.get(value) ?? value;

  /** The layer that gives the argument of an activation, where it can activate it. */
  const before = ({ layer, inputs: [argument] }: Node): Node | null => {
    if (layer?.definition.type !== 'activation' || countOf(readers, argument) !== 1) return null;
    const own = argument.node.layer;
    if (own === null || !ACTIVATING.includes(own.definition.type) || countOf(uses, own) !== 1) return null;
    return (own.config as Activating).activation === 'linear' ? argument.node : null;
  };

  for (const node of order) {
    const { layer, outputs } = node;
    if (layer === null) continue;
    const producer = before(node);
    if (producer !== null) {
      const { definition, config, givenName, trainable } = producer.layer as Layer;
      const { activation } = layer.config as Activating;
      const fused = new Layer(definition, { ...config, activation }, givenName, trainable);
      list.replace(producer.layer as Layer, fused);
      now.set(outputs[0], fused.apply(producer.inputs.map(current)));
      continue;
    }
    const inputs = node.inputs.map(current);
    if (inputs.every((value, i) => value === node.inputs[i])) continue;
    layer.applyAll(inputs).forEach((value, i) => {
      now.set(outputs[i], value);
    });
  }
  return roots.map(current);
}
