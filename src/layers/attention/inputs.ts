import { ShapeError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';

/** Which input each part is: inputs are query, value and key, and a part that is not given is the one before. */
export function sources(inputs: number) {
  const value = Math.min(1, inputs - 1);
  return { query: 0, key: inputs > 2 ? 2 : value, value };
}

/** @throws ShapeError unless all are sequences, and keys are as many as values */
export function checkInputs(inputs: readonly OpenShape[], name: string): void {
  const from = sources(inputs.length);
  const came = inputs.map((shape) => formatShape([null, ...shape])).join(' and ');
  if (inputs.some((shape) => shape.length !== 2 || shape[1] === null)) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected sequences [batch, time, features]`);
  }
  const [keys, values] = [inputs[from.key][0], inputs[from.value][0]];
  if (keys !== null && values !== null && keys !== values) {
    throw new ShapeError(`${name}: inputs have shapes ${came}, expected keys (the third) as long as values`);
  }
}
