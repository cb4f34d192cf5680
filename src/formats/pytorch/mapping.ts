import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { writeColumns } from '../file-floats.js';
import { eachElement } from '../strided.js';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** How the weights of one layer lie in the state dict of a PyTorch module. */
export interface Mapping {
  /** The module: 'LSTM'. */
  readonly module: string;
  /** What the module's state dict holds for this layer, behind the module's own name, with the shapes there. */
  readonly entries: Readonly<Record<string, Shape>>;
  /** How many levels of a stack (`_l0`, `_l1`, ...) the entries are of. Default 1. */
  readonly levels?: number;
  /** The layer's weights, by their names inside the layer. */
  toLayer(entries: Tensors): Record<string, Tensor>;
  fromLayer(weights: Tensors): Record<string, Tensor>;
}

/** Gives the mapping of a layer from its config and the shapes of its weights; `level` counts stacked layers. */
export type MappingOf = (
  config: never,
  weights: Readonly<Record<string, Shape>>,
  level: number,
) => Mapping | { readonly refuses: string };

/** [M, N] to [N, M]. */
export function transposed({ data, shape: [rows, columns] }: Tensor): Tensor {
  const turned = new Float32Array(data.length);
  writeColumns(data, [rows, columns], 1, { data: turned, at: 0, N: rows });
  return { data: turned, shape: [columns, rows] };
}

/** Blocks of rows in another order: block i of the result is block `order[i]` of what is given. */
export function blocksInOrder({ data, shape }: Tensor, order: readonly number[]): Tensor {
  const size = data.length / order.length;
  const moved = new Float32Array(data.length);
  order.forEach((from, to) => {
    moved.set(data.subarray(from * size, (from + 1) * size), to * size);
  });
  return { data: moved, shape };
}

/** A tensor with its axes in another order: axis i of the result is axis `order[i]` of what is given. */
export function permuted({ data, shape }: Tensor, order: readonly number[]): Tensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = order.map((axis) => shape[axis]);
  const moved = new Float32Array(data.length);
  const turned = order.map((axis) => strides[axis]);
  eachElement(sizes, turned, (position, i) => {
    moved[i] = data[position];
  });
  return { data: moved, shape: sizes };
}

/** Mappings of parts of a layer as one. */
export function together(module: string, parts: readonly Mapping[], levels = 1): Mapping {
  const over = (tensors: (part: Mapping) => Record<string, Tensor>): Record<string, Tensor> =>
    Object.assign({}, ...parts.map(tensors));
  return {
    module,
    levels,
    entries: Object.assign({}, ...parts.map(({ entries }) => entries)),
    toLayer: (given) => over((part) => part.toLayer(given)),
    fromLayer: (own) => over((part) => part.fromLayer(own)),
  };
}

/** The mapping of a layer inside another, whose weights have names that begin with `prefix`. */
export function inside(prefix: string, mapping: Mapping): Mapping {
  return {
    ...mapping,
    toLayer: (given) =>
      Object.fromEntries(Object.entries(mapping.toLayer(given)).map(([name, t]) => [prefix + name, t])),
    fromLayer: (own) =>
      mapping.fromLayer(
        Object.fromEntries(
          Object.entries(own)
            .filter(([name]) => name.startsWith(prefix))
            .map(([name, t]) => [name.slice(prefix.length), t]),
        ),
      ),
  };
}

/** Shapes of the weights of a layer inside another, by their own names. */
export function shapesInside(
  prefix: string,
  weights: Readonly<Record<string, Shape>>,
): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, shape]) => [name.slice(prefix.length), shape]),
  );
}

/** Names with the same tensor on both sides. */
export function sameTensors(
  module: string,
  names: Readonly<Record<string, string>>,
  weights: Readonly<Record<string, Shape>>,
): Mapping {
  const pairs = Object.entries(names).filter(([ours]) => ours in weights);
  return {
    module,
    entries: Object.fromEntries(pairs.map(([ours, theirs]) => [theirs, weights[ours]])),
    toLayer: (entries) => Object.fromEntries(pairs.map(([ours, theirs]) => [ours, entries[theirs]])),
    fromLayer: (own) => Object.fromEntries(pairs.map(([ours, theirs]) => [theirs, own[ours]])),
  };
}
