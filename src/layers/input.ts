import { checkText } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError } from '../errors.js';
import type { OpenShape } from '../shape.js';
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
  checkOptionNames('input', options, ['shape', 'name']);
  const { shape, name } = options;
  if (name !== undefined) checkText('input', 'name', name);
  const where = name ?? 'input';
  if (!Array.isArray(shape) || shape.length === 0) {
    const got = Array.isArray(shape) ? '[]' : describeValue(shape);
    throw new ShapeError(`${where}: shape must be a list such as [time, features], got ${got}`);
  }
  shape.forEach((size: unknown, axis) => {
    const open = size === null && axis === 0;
    if (open || (Number.isSafeInteger(size) && (size as number) > 0)) return;
    const shown = `[${shape.map(describeValue).join(', ')}]`;
    throw new ShapeError(
      `${where}: shape ${shown}: axis ${axis} must be a whole number of at least 1` +
        `${axis === 0 ? ' or null' : ''}, got ${describeValue(size)}`,
    );
  });
  const node = new Node(null, []);
  const value = new SymbolicTensor([...shape], node, 0, name);
  node.outputs = [value];
  return value;
}
