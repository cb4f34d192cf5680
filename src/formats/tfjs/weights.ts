import { FormatError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import type { PlacedSlot, WeightNode } from '../keras/weights/slots.js';
import type { NamedTensor } from './manifest.js';

const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Keras adds ':0' to names. */
const plain = (name: string): string => name.replace(/:\d+$/, '');

/** Weights by the layer that their name begins with, in the order of the file. */
function byLayer(weights: readonly NamedTensor[]): Map<string, NamedTensor[]> {
  const found = new Map<string, NamedTensor[]>();
  for (const weight of weights) {
    const slash = weight.name.indexOf('/');
    const layer = slash < 0 ? '' : weight.name.slice(0, slash);
    found.set(layer, [...(found.get(layer) ?? []), weight]);
  }
  return found;
}

/**
 * The weights of a file for the slots of a model: those whose names begin with the layer's, in order.
 * @throws FormatError where a layer finds others than it needs
 */
export function matchWeights(
  where: string,
  weights: readonly NamedTensor[],
  root: WeightNode,
): [PlacedSlot, Tensor][] {
  const groups = byLayer(weights);
  const visit = (node: WeightNode): [PlacedSlot, Tensor][] => {
    const inside = node.children.flatMap(visit);
    if (node.slots.length === 0) return inside;
    const own = groups.get(node.name) ?? [];
    const names = own.map(({ name }) => lastOf(plain(name)));
    const wanted = node.slots.map(({ tfjs }) => lastOf(tfjs));
    if (names.join() !== wanted.join()) {
      throw new FormatError(
        `${where}: layer '${node.name}' has the weights ${names.join(', ') || 'none'} in the file, expected ${wanted.join(', ')}`,
      );
    }
    groups.delete(node.name);
    return [...node.slots.map((slot, i): [PlacedSlot, Tensor] => [slot, own[i].tensor]), ...inside];
  };
  return visit(root);
}
