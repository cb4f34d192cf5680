import { FormatError } from '../../../errors.js';
import type { Tensor } from '../../../tensor.js';
import type { Hdf5Group, WrittenDataset, WrittenGroup } from '../../hdf5/index.js';
import { allSlots, type PlacedSlot, type WeightNode } from './slots.js';

/** Bytes of an attribute at most; a longer list is cut into `name0`, `name1`, ... */
const MOST_BYTES = 64_512;

/** A list of texts among the attributes of a group, in one piece or in several. @throws FormatError */
export function listAttribute(where: string, group: Hdf5Group, name: string): readonly string[] | undefined {
  const parts: string[] = [];
  const whole = group.attribute(name);
  if (whole !== undefined) return texts(where, name, whole);
  for (let i = 0; ; i++) {
    const part = group.attribute(`${name}${i}`);
    if (part === undefined) return i === 0 ? undefined : parts;
    parts.push(...texts(where, name, part));
  }
}

function texts(where: string, name: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value as readonly string[];
  if (value instanceof Float32Array && value.length === 0) return []; // an empty list has no texts
  throw new FormatError(`${where}: ${name}: expected a list of names`);
}

/** Trainable weights first, as older files have them. */
const inOrder = (slots: readonly PlacedSlot[]): PlacedSlot[] => [
  ...slots.filter(({ trainable }) => trainable),
  ...slots.filter(({ trainable }) => !trainable),
];

/** Datasets of a layer's group. */
function datasets(where: string, group: Hdf5Group): Tensor[] {
  return (listAttribute(where, group, 'weight_names') ?? []).map((name) => {
    const found = group.dataset(name);
    if (found !== undefined) return found.read();
    throw new FormatError(`${where}: the file lacks the weight '${name}' in ${group.path}`);
  });
}

/**
 * What a file of Keras 2 has for the slots of a model: the layers with weights in order, their weights in order.
 *
 * Source: Keras 3, legacy/saving/legacy_h5_format.py
 * @throws FormatError where numbers of layers or weights differ
 */
export function readLegacy(where: string, group: Hdf5Group, node: WeightNode): [PlacedSlot, Tensor][] {
  const names = listAttribute(where, group, 'layer_names') ?? group.names;
  const groups = names.flatMap((name) => {
    const own = group.group(name);
    if (own === undefined) throw new FormatError(`${where}: the file lacks the layer '${name}'`);
    return (listAttribute(where, own, 'weight_names') ?? []).length === 0 ? [] : [{ name, own }];
  });
  const layers = node.children.filter((child) => allSlots(child).length > 0);
  if (groups.length !== layers.length) {
    const [has, needs] = [groups.map(({ name }) => name), layers.map(({ name }) => name)];
    throw new FormatError(
      `${where}: the file has weights of ${has.length} layers (${has.join(', ')}), expected ${needs.length} (${needs.join(', ')})`,
    );
  }
  return layers.flatMap((layer, i) => {
    const slots = inOrder(allSlots(layer));
    const tensors = datasets(where, groups[i].own);
    if (tensors.length !== slots.length) {
      throw new FormatError(
        `${where}: '${groups[i].name}' has ${tensors.length} weights in the file, expected ${slots.length}`,
      );
    }
    return slots.map((slot, j): [PlacedSlot, Tensor] => [slot, tensors[j]]);
  });
}

/** Attributes of a list of names. */
function listAttributes(name: string, list: readonly string[]): Record<string, readonly string[]> {
  const longest = Math.max(1, ...list.map((text) => new TextEncoder().encode(text).length));
  const most = Math.max(1, Math.floor(MOST_BYTES / longest));
  if (list.length <= most) return { [name]: list };
  const parts: Record<string, readonly string[]> = {};
  for (let i = 0; i * most < list.length; i++) parts[`${name}${i}`] = list.slice(i * most, (i + 1) * most);
  return parts;
}

type Children = Map<string, WrittenGroup | WrittenDataset>;

/** Puts a dataset at a path of names. */
function put(children: Children, path: string, dataset: WrittenDataset): void {
  const names = path.split('/');
  const last = names.pop() as string;
  let here = children;
  for (const name of names) {
    const next = (here.get(name) as WrittenGroup | undefined)?.children ?? new Map();
    if (!here.has(name)) here.set(name, { children: next });
    here = next as Children;
  }
  here.set(last, dataset);
}

/** A group of named arrays, whose order the attribute `weight_names` keeps. */
export function namedGroup(entries: readonly (readonly [string, WrittenDataset])[]): WrittenGroup {
  const children: Children = new Map();
  for (const [name, dataset] of entries) put(children, name, dataset);
  return {
    attributes: listAttributes(
      'weight_names',
      entries.map(([name]) => name),
    ),
    children,
  };
}

/** The group `model_weights` of a file of Keras 2. */
export function legacyTree(
  node: WeightNode,
  weights: Readonly<Record<string, Tensor>>,
  version: string,
): WrittenGroup {
  const children: Children = new Map();
  for (const layer of node.children) {
    const entries = inOrder(allSlots(layer)).map(
      (slot) => [`${layer.name}/${slot.name}:0`, weights[slot.weight]] as const,
    );
    children.set(layer.name, namedGroup(entries));
  }
  const names = listAttributes(
    'layer_names',
    node.children.map(({ name }) => name),
  );
  return { attributes: { ...names, backend: 'tensorflow', keras_version: version }, children };
}
