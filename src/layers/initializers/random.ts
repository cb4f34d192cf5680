import { checkNumber } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import type { RandomStream } from '../../random/stream.js';
import { sizeOf } from '../../shape.js';
import { type Initializer, type SeedOption, seeded } from './initializer.js';

/** Values as `next` gives them. */
function draw(size: number, next: () => number): Float32Array {
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) out[i] = next();
  return out;
}

/** Uniform in [minval, maxval), rounded to f32. */
export function drawUniform(size: number, rng: RandomStream, minval: number, maxval: number): Float32Array {
  const width = maxval - minval;
  return draw(size, () => minval + width * rng.uniform24());
}

/** Normal, rounded to f32. */
export function drawNormal(size: number, rng: RandomStream, mean: number, stddev: number): Float32Array {
  return draw(size, () => mean + stddev * rng.normal());
}

/** Normal within two standard deviations of the mean: what falls outside is drawn again. */
export function drawTruncated(size: number, rng: RandomStream, mean: number, stddev: number): Float32Array {
  return draw(size, () => {
    let z = rng.normal();
    while (Math.abs(z) > 2) z = rng.normal();
    return mean + stddev * z;
  });
}

/** Options of `randomNormal` and `truncatedNormal`. */
export interface NormalOptions extends SeedOption {
  /** Default 0. */
  mean?: number;
  /** Default 0.05; of the distribution before it is truncated. */
  stddev?: number;
}

function normalFamily(name: string, options: NormalOptions, drawer: typeof drawNormal): Initializer {
  checkOptionNames(name, options, ['mean', 'stddev', 'seed']);
  const mean = checkNumber(name, 'mean', options.mean ?? 0);
  const stddev = checkNumber(name, 'stddev', options.stddev ?? 0.05, { min: 0 });
  return seeded(name, { mean, stddev }, options.seed, (shape, rng) =>
    drawer(sizeOf(shape), rng, mean, stddev),
  );
}

/** Normal deviates. @throws ValueError */
export function randomNormal(options: NormalOptions = {}): Initializer {
  return normalFamily('randomNormal', options, drawNormal);
}

/** Normal deviates within two standard deviations of the mean. @throws ValueError */
export function truncatedNormal(options: NormalOptions = {}): Initializer {
  return normalFamily('truncatedNormal', options, drawTruncated);
}

/** Options of `randomUniform`. */
export interface UniformOptions extends SeedOption {
  /** Default -0.05. */
  minval?: number;
  /** Default 0.05. */
  maxval?: number;
}

/** Uniform in [minval, maxval). @throws ValueError */
export function randomUniform(options: UniformOptions = {}): Initializer {
  const name = 'randomUniform';
  checkOptionNames(name, options, ['minval', 'maxval', 'seed']);
  const minval = checkNumber(name, 'minval', options.minval ?? -0.05);
  const maxval = checkNumber(name, 'maxval', options.maxval ?? 0.05);
  if (minval > maxval) throw new ValueError(`${name}: minval ${minval} is above maxval ${maxval}`);
  return seeded(name, { minval, maxval }, options.seed, (shape, rng) =>
    drawUniform(sizeOf(shape), rng, minval, maxval),
  );
}
