import { ShapeError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';

function list(shapes: readonly OpenShape[]): string {
  return shapes.map((shape) => formatShape([null, ...shape])).join(', ');
}

/**
 * The shape that inputs have in common; `apart` is the axis of one sample in which they may differ (its size
 * comes from the first). An open size takes that of another input.
 *
 * @throws ShapeError for fewer than two inputs, or shapes that do not fit together
 */
export function commonShape(shapes: readonly OpenShape[], name: string, apart = -1): OpenShape {
  if (shapes.length < 2) throw new ShapeError(`${name}: got ${shapes.length} input, expected at least two`);
  const [first, ...others] = shapes;
  const fits = others.every(
    (shape) =>
      shape.length === first.length &&
      shape.every((size, i) => i === apart || size === null || first[i] === null || size === first[i]),
  );
  const sizes = first.map((size, i) => (i === apart ? size : known(shapes.map((shape) => shape[i]))));
  const agree = sizes.every(
    (size, i) => i === apart || shapes.every((shape) => shape[i] === null || shape[i] === size),
  );
  if (!fits || !agree) {
    const but = apart < 0 ? 'equal shapes' : 'shapes that are equal but for the axis of concatenation';
    throw new ShapeError(`${name}: inputs have shapes ${list(shapes)}, expected ${but}`);
  }
  return sizes;
}

function known(sizes: readonly (number | null)[]): number | null {
  return sizes.find((size) => size !== null) ?? null;
}
