import { FormatError } from '../../../errors.js';
import type { Tensor } from '../../../tensor.js';
import type { Hdf5Group, WrittenDataset, WrittenGroup } from '../../hdf5/index.js';
import { pathName } from '../dialect.js';
import type { PlacedSlot, WeightNode } from './slots.js';

/** Names of the folder of a model's layers: the second one in files of Keras 2.12 and 2.13. */
const LAYERS = ['layers', '_layer_checkpoint_dependencies'];

/** Each layer with its folder: its class with a number where there are several. */
function folders(children: readonly WeightNode[]): (readonly [string, WeightNode])[] {
  const counts = new Map<string, number>();
  return children.map((child) => {
    const stem = pathName(child.className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return [count === 0 ? stem : `${stem}_${count}`, child] as const;
  });
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('/');

function readSlot(where: string, group: Hdf5Group, slot: PlacedSlot): Tensor {
  for (const folder of slot.folders) {
    const found = group.dataset(join(folder, 'vars', String(slot.index)));
    if (found !== undefined) return found.read();
  }
  const place = join(group.path, slot.folders[0], 'vars', String(slot.index));
  throw new FormatError(`${where}: the file lacks the weight '${slot.weight}' at ${place}`);
}

/**
 * What a file of Keras 3 (`model.weights.h5`) has for the slots of a model: numbered variables in folders named
 * after classes.
 *
 * Source: Keras 3, saving/saving_lib.py
 * @throws FormatError for a weight that is not there
 */
export function readStore(where: string, group: Hdf5Group, node: WeightNode): [PlacedSlot, Tensor][] {
  const own = node.slots.map((slot): [PlacedSlot, Tensor] => [slot, readSlot(where, group, slot)]);
  if (node.children.length === 0) return own;
  const layers = LAYERS.map((name) => group.group(name)).find((found) => found !== undefined);
  const inside = folders(node.children).flatMap(([folder, child]) => {
    if (child.slots.length === 0 && child.children.length === 0) return [];
    const found = layers?.group(folder);
    if (found !== undefined) return readStore(where, found, child);
    throw new FormatError(
      `${where}: the file has no folder '${LAYERS[0]}/${folder}' for the layer '${child.name}'`,
    );
  });
  return [...own, ...inside];
}

/** Groups that are filled as paths come. */
class Folder implements WrittenGroup {
  readonly attributes: Record<string, string> = {};
  readonly children = new Map<string, Folder | WrittenDataset>();

  at(path: string): Folder {
    let folder: Folder = this;
    for (const name of path.split('/')) {
      if (name === '') continue;
      const next = folder.children.get(name) ?? new Folder();
      folder.children.set(name, next);
      folder = next as Folder;
    }
    return folder;
  }
}

function fill(folder: Folder, node: WeightNode, weights: Readonly<Record<string, Tensor>>): void {
  folder.at('vars').attributes.name = node.name;
  for (const slot of node.slots) {
    folder.at(slot.folders[0]).at('vars').children.set(String(slot.index), weights[slot.weight]);
  }
  for (const [name, child] of folders(node.children)) fill(folder.at(`layers/${name}`), child, weights);
}

/** The tree of a file of Keras 3. @param further variables of the optimizer, in order */
export function storeTree(
  node: WeightNode,
  weights: Readonly<Record<string, Tensor>>,
  further: readonly WrittenDataset[] = [],
): WrittenGroup {
  const root = new Folder();
  fill(root, node, weights);
  further.forEach((variable, i) => {
    root.at('optimizer/vars').children.set(String(i), variable);
  });
  return root;
}
