import { ShapeError } from '../errors.js';
import { formatShape, type OpenShape } from '../shape.js';
import { Node, SymbolicTensor } from './symbolic.js';

/** Options of {@link input}. */
export interface InputOptions {
  /** Sizes of one sample, without the batch: `[time, features]`; time may be null (any length). */
  shape: OpenShape;
  /** Name of the input. */
  name?: string;
}

/**
 * Where data enters a model.
 *
 * @throws ShapeError unless every size is a whole number of at least 1, or null on the first axis
 */
export function input(options: InputOptions): SymbolicTensor {
  const { shape, name } = options;
  if (!Array.isArray(shape) || shape.length === 0) {
    throw new ShapeError(`input: shape must be a list such as [time, features], got ${String(shape)}`);
  }
  shape.forEach((size: number | null, axis) => {
    const open = size === null && axis === 0;
    if (!open && !(Number.isInteger(size) && (size as number) > 0)) {
      throw new ShapeError(
        `input: shape ${formatShape(shape)}: axis ${axis} must be a whole number of at least 1` +
          `${axis === 0 ? ' or null' : ''}, got ${String(size)}`,
      );
    }
  });
  const node = new Node(null, []);
  const value = new SymbolicTensor([...shape], node, 0, name);
  node.outputs = [value];
  return value;
}
