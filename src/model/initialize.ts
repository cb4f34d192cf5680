import { ValueError } from '../errors.js';
import { RandomStream } from '../random/stream.js';
import type { Parameters } from './parameters.js';

/** Puts the name of a weight in front of what an initializer has to say about its shape. */
function named<T>(name: string, fill: () => T): T {
  try {
    return fill();
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(`${name}: ${error.message}`);
    throw error;
  }
}

/** Fills weights, all unless told which, from their initializers; the position of a weight keys the random stream. */
export function initializeWeights(
  parameters: Parameters,
  seed: number,
  wanted: (name: string) => boolean = () => true,
): void {
  parameters.all.forEach((parameter, index) => {
    if (!wanted(parameter.name)) return;
    const { initializer, shape } = parameter.declaration;
    const stream = new RandomStream(seed, index);
    parameters.view(parameter).set(named(parameter.name, () => initializer.fill(shape, stream)));
  });
  parameters.changed();
}
