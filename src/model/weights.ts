import { describeValue } from '../describe.js';
import { ValueError } from '../errors.js';
import { type Tensor, type TensorLike, tensorOf } from '../tensor.js';
import type { Parameters, StoredTensor } from './parameters.js';
import { findWeight, putWeights } from './put-weights.js';

/** Copies of all weights by name. */
export function readWeights(parameters: Parameters): Record<string, Tensor> {
  parameters.refresh();
  const weights: Record<string, Tensor> = {};
  for (const parameter of parameters.all) {
    weights[parameter.name] = {
      data: Float32Array.from(parameters.view(parameter)),
      shape: [...parameter.declaration.shape],
    };
  }
  return weights;
}

/** Copies of all weights by name, in the types in which they are kept. */
export function readStored(parameters: Parameters): Record<string, StoredTensor> {
  parameters.refresh();
  const weights: Record<string, StoredTensor> = {};
  for (const parameter of parameters.all) {
    const { name, declaration } = parameter;
    weights[name] = { data: parameters.view(parameter).slice(), shape: [...declaration.shape] };
  }
  return weights;
}

/**
 * Sets the weights named; the others stay.
 * @throws UnknownNameError, ValueError, DataError; nothing has changed then
 */
export function writeWeights(parameters: Parameters, weights: Readonly<Record<string, TensorLike>>): void {
  if (typeof weights !== 'object' || weights === null || Array.isArray(weights)) {
    const got = describeValue(weights);
    throw new ValueError(`setWeights: expected tensors by name as getWeights() gives them, got ${got}`);
  }
  const given = Object.entries(weights).map(([name, value]) => {
    const { shape } = findWeight(parameters, name).declaration;
    const flat = ArrayBuffer.isView(value) ? shape : undefined;
    return [name, tensorOf(`setWeights: ${name}`, value, flat)] as const;
  });
  putWeights(parameters, given);
}
