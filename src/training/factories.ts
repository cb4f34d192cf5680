import type { Layer } from '../layers/layer.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import type { ModelOptions } from '../model/network.js';
import type { Tensor } from '../tensor.js';
import { type FunctionalOptions, Model, type OutputOf } from './model.js';
import { functionalParts, sequentialParts } from './model-parts.js';

/**
 * A model whose layers follow one another, as in Keras. The first entry is an `input`, or a model with one input.
 *
 * A model among the layers shares its weights with this one (`model.apply`).
 *
 * @throws ValueError or ShapeError that names the layer that does not fit
 */
export function sequential(
  layers: readonly (Layer | SymbolicTensor | Model)[],
  options: ModelOptions = {},
): Model<Tensor> {
  return new Model<Tensor>(...sequentialParts(layers, options));
}

/**
 * A model from symbolic inputs to outputs, as Keras's functional form.
 *
 * ```ts
 * const x = input({ shape: [10, 3] });
 * const y = dense({ units: 1 }).apply(lstm({ units: 8 }).apply(x));
 * const net = model({ inputs: x, outputs: y });
 * ```
 *
 * @throws ValueError when the outputs do not follow from the inputs
 */
export function model<O extends SymbolicTensor | readonly SymbolicTensor[]>(
  options: FunctionalOptions<O>,
): Model<OutputOf<O>> {
  return new Model<OutputOf<O>>(...functionalParts(options));
}
