import { checkNumber } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { randomOrthonormal } from '../../numeric/orthonormal.js';
import { formatShape, sizeOf } from '../../shape.js';
import { type Initializer, type SeedOption, seeded } from './initializer.js';

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends SeedOption {
  /** Factor of the matrix; default 1. */
  gain?: number;
}

/**
 * A random matrix with orthonormal columns, or rows where there are fewer of them, times `gain`. A weight
 * [..., out] counts as the matrix [Π..., out].
 * Source: Saxe, McClelland & Ganguli 2014; as Keras draws it, see randomOrthonormal.
 * @throws ValueError: options; fill: rank below 2
 */
export function orthogonal(options: OrthogonalOptions = {}): Initializer {
  const name = 'orthogonal';
  checkOptionNames(name, options, ['gain', 'seed']);
  const gain = checkNumber(name, 'gain', options.gain ?? 1);
  return seeded(name, { gain }, options.seed, (shape, rng) => {
    if (shape.length < 2)
      throw new ValueError(`${name}: expected a weight of two or more dimensions, got ${formatShape(shape)}`);
    const columns = shape[shape.length - 1];
    const rows = sizeOf(shape.slice(0, -1));
    const out = new Float32Array(rows * columns);
    const normal = () => rng.normal();
    if (rows < columns) {
      const q = randomOrthonormal(columns, rows, normal);
      for (let i = 0; i < out.length; i++) out[i] = gain * q[i];
      return out;
    }
    const q = randomOrthonormal(rows, columns, normal);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) out[i * columns + j] = gain * q[j * rows + i];
    return out;
  });
}
