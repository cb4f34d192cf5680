import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** How the weights of one layer lie in the state dict of a PyTorch module. */
export interface Mapping {
  /** The module: 'LSTM'. */
  readonly module: string;
  /** What the module's state dict holds for this layer, behind the module's own name, with the shapes there. */
  readonly entries: Readonly<Record<string, Shape>>;
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
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j];
  }
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
