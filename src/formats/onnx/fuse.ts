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

function gather<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** The activation that is all that ever reads what a layer gives, or null. */
type OnlyReader = (layer: Layer) => ActivationName | null;

function onlyReaders(order: readonly Node[], roots: readonly SymbolicTensor[]): OnlyReader {
  const readers = new Map<SymbolicTensor, (Node | null)[]>();
  const uses = new Map<Layer, Node[]>();
  for (const node of order) {
    for (const value of node.inputs) gather(readers, value, node);
    if (node.layer !== null) gather(uses, node.layer, node);
  }
  for (const value of roots) gather(readers, value, null);
  const found = new Map<Layer, ActivationName | null>();
  const find: OnlyReader = (layer) => {
    const names = (uses.get(layer) ?? []).map(({ outputs }) => {
      const [reader, ...others] = readers.get(outputs[0]) ?? [];
      if (others.length > 0 || reader?.layer?.definition.type !== 'activation') return null;
      return (reader.layer.config as Activating).activation;
    });
    return names.every((name) => name === names[0]) ? names[0] : null;
  };
  return (layer) => {
    if (!found.has(layer)) found.set(layer, find(layer));
    return found.get(layer) ?? null;
  };
}

const canActivate = ({ definition, config }: Layer): boolean =>
  ACTIVATING.includes(definition.type) && (config as Activating).activation === 'linear';

/**
 * The values of a graph with each activation that alone reads what a `dense` or `conv1d` gives, wherever that is used,
 * as an option of that layer.
 */
export function fuseActivations(list: LayerList, roots: readonly SymbolicTensor[]): SymbolicTensor[] {
  const order = usesBehind(roots);
  const onlyReader = onlyReaders(order, roots);
  const fused = new Map<Layer, Layer>();
  const now = new Map<SymbolicTensor, SymbolicTensor>();
  const current = (value: SymbolicTensor): SymbolicTensor => now.get(value) ?? value;

  const withActivation = (layer: Layer, activation: ActivationName): Layer => {
    const known = fused.get(layer);
    if (known !== undefined) return known;
    const { definition, config, givenName, trainable } = layer;
    const made = new Layer(definition, { ...config, activation }, givenName, trainable);
    list.replace(layer, made);
    fused.set(layer, made);
    return made;
  };

  for (const { layer, inputs: given, outputs } of order) {
    if (layer === null) continue;
    const argument = given[0]?.node;
    const producer = layer.definition.type === 'activation' ? argument.layer : null;
    const activation = producer !== null && canActivate(producer) ? onlyReader(producer) : null;
    if (producer !== null && activation !== null) {
      now.set(outputs[0], withActivation(producer, activation).apply(argument.inputs.map(current)));
      continue;
    }
    const inputs = given.map(current);
    if (inputs.every((value, i) => value === given[i])) continue;
    layer.applyAll(inputs).forEach((value, i) => {
      now.set(outputs[i], value);
    });
  }
  return roots.map(current);
}
