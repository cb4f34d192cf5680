import type { Model } from '../../src/index.js';
import { testData } from './random.js';

/** The bits of floats, for comparisons that tell 0 from -0. A copy. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}

/** One of `count` samples that lie one after another: a view. */
export function samplesOf(values: Float32Array, count: number, index: number): Float32Array {
  const width = values.length / count;
  return values.subarray(index * width, (index + 1) * width);
}

/** Seeded weights of every kind, biases included, of a size that keeps activations away from their limits. */
export function giveWeights(model: Model, seed: number): void {
  for (const [i, [name, { data, shape }]] of Object.entries(model.getWeights()).entries()) {
    const reach = 1.5 / Math.sqrt(shape.length > 1 ? shape[0] : 4);
    model.setWeights({ [name]: testData(100 * seed + i, data.length, -0.9 * reach, 1.1 * reach) });
  }
}
