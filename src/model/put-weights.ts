import { DataError, ShapeError, unknownName } from '../errors.js';
import { formatShape, sameShape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Parameter, Parameters } from './parameters.js';

/** @throws UnknownNameError */
export function findWeight(parameters: Parameters, name: string): Parameter {
  if (parameters.has(name)) return parameters.get(name);
  const known = parameters.all.map((parameter) => parameter.name);
  throw unknownName('setWeights', 'weight', name, known);
}

/**
 * Sets weights to tensors by name; the others stay.
 * @throws UnknownNameError, ShapeError, DataError; nothing has changed then
 */
export function putWeights(parameters: Parameters, weights: readonly (readonly [string, Tensor])[]): void {
  const checked = weights.map(([name, given]) => {
    const parameter = findWeight(parameters, name);
    const { shape } = parameter.declaration;
    if (!sameShape(given.shape, shape)) {
      throw new ShapeError(
        `setWeights: ${name} has shape ${formatShape(given.shape)}, expected ${formatShape(shape)}`,
      );
    }
    if (parameter.dtype === 'int8') checkInt8(name, given.data);
    return { parameter, data: given.data };
  });
  parameters.refresh();
  for (const { parameter, data } of checked) parameters.view(parameter).set(data);
  parameters.changed();
}

function checkInt8(name: string, data: Float32Array): void {
  const bad = data.findIndex((v) => !(Number.isInteger(v) && v >= -127 && v <= 127));
  if (bad >= 0) {
    throw new DataError(
      `setWeights: ${name} holds whole numbers from -127 to 127, got ${data[bad]} at position ${bad}`,
    );
  }
}
