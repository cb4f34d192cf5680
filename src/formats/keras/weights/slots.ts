import type { Layer } from '../../../layers/layer.js';
import type { NamedLayer } from '../../../model/graph.js';
import type { Shape } from '../../../shape.js';
import type { FileNode } from '../graph/read.js';
import { slotsOf } from '../layers/index.js';
import type { Slot } from '../layers/mapping.js';

/** A weight of a model with the place that Keras has for it. */
export interface PlacedSlot extends Slot {
  /** Its name in the model: 'lstm.kernel'. */
  readonly weight: string;
  readonly shape: Shape;
  readonly trainable: boolean;
}

/** A layer of a file with its weights, or a model with its layers. */
export interface WeightNode {
  readonly name: string;
  readonly className: string;
  readonly slots: readonly PlacedSlot[];
  readonly children: readonly WeightNode[];
}

/** Slots of one of our layers as a model names and shapes them. */
export function placedSlots(named: NamedLayer, file: FileNode['file'] | null): PlacedSlot[] {
  const { layer, name, inputShapes, trainable } = named;
  const declared = layer.definition.parameters(layer.config, inputShapes);
  const byName = new Map(declared.map((weight) => [weight.name, weight]));
  return slotsOf(layer.definition.type, layer.config, [...byName.keys()], file).map((slot) => {
    const weight = byName.get(slot.ours);
    return {
      ...slot,
      weight: `${name}.${slot.ours}`,
      shape: weight?.shape ?? [],
      trainable: trainable && weight?.trainable !== false,
    };
  });
}

/** The layers of a file with the weights that a model of ours has for them. */
export function weightNode(node: FileNode, layers: ReadonlyMap<Layer, NamedLayer>): WeightNode {
  const named = node.layer === null ? undefined : layers.get(node.layer);
  return {
    name: node.name,
    className: node.file.className,
    slots: named === undefined ? [] : placedSlots(named, node.file),
    children: node.children.map((child) => weightNode(child, layers)),
  };
}

/** All slots of a layer or model, in the order of its layers. */
export function allSlots(node: WeightNode): PlacedSlot[] {
  return [...node.slots, ...node.children.flatMap(allSlots)];
}
