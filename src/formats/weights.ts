import { initializeWeights } from '../model/initialize.js';
import { sameShape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Model } from '../training/model.js';

type Fill = (target: Float32Array) => void;

const fills = new WeakMap<Tensor, Fill>();

/** A tensor whose numbers are made when they are asked for, or at once in their place in a model. */
export function lazyTensor(shape: readonly number[], fill: Fill): Tensor {
  let made: Float32Array | null = null;
  const tensor: Tensor = {
    shape,
    get data() {
      if (made === null) {
        made = new Float32Array(sizeOf(shape));
        fill(made);
      }
      return made;
    },
  };
  fills.set(tensor, fill);
  return tensor;
}

/**
 * Gives a model that has just been made, without initial weights, those of a file; only what the file has not is
 * drawn from initializers.
 *
 * @throws as `setWeights` of the model
 */
export function placeWeights(
  model: Model<Tensor | Tensor[]>,
  weights: Readonly<Record<string, Tensor>>,
): void {
  const { parameters } = model;
  const plain = new Map<string, Tensor>();
  initializeWeights(parameters, model.seed, (name) => !Object.hasOwn(weights, name));
  for (const [name, tensor] of Object.entries(weights)) {
    const fill = fills.get(tensor);
    const parameter = parameters.has(name) ? parameters.get(name) : null;
    const fits = parameter?.dtype === 'float32' && sameShape(tensor.shape, parameter.declaration.shape);
    if (fill === undefined || parameter === null || !fits) plain.set(name, tensor);
    else fill(parameters.view(parameter) as Float32Array);
  }
  model.setWeights(Object.fromEntries(plain));
}
