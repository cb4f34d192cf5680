import { checkInteger } from '../../check.js';
import { RandomStream } from '../../random/stream.js';
import type { Shape } from '../../shape.js';

/** Makes the first values of a weight. */
export interface Initializer {
  /** Name in options and saved files: 'glorotUniform'. */
  readonly name: string;
  /** Its options, as JSON: with the name they make the same initializer again. */
  readonly config: Readonly<Record<string, unknown>>;
  /** @internal Values for a weight of this shape, row-major. The stream is keyed by the model's seed and the weight. */
  fill(shape: Shape, rng: RandomStream): Float32Array;
}

/** Options of every random initializer. */
export interface SeedOption {
  /**
   * Seed of its own, in place of the model's. As in Keras, the same seed and shape then give the same values,
   * whichever weight they are for.
   */
  seed?: number;
}

/** A random initializer whose `seed`, where given, takes the place of the model's stream. */
export function seeded(
  name: string,
  config: Record<string, unknown>,
  seed: number | undefined,
  fill: Initializer['fill'],
): Initializer {
  if (seed === undefined) return { name, config, fill };
  checkInteger(name, 'seed', seed);
  return { name, config: { ...config, seed }, fill: (shape) => fill(shape, new RandomStream(seed, 0)) };
}
