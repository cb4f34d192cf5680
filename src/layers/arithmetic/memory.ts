import { type Shape, sizeOf } from '../../shape.js';

/** Axes of memory at most: four, the batch among them. */
export const MAX_RANK = 3;

/**
 * Sizes of the axes of a value as memory holds them, four of them: vectors [B, ...], sequences [T, B, ...], and
 * what stands for one step [B, ...].
 */
export function memorySizes(shape: Shape, batch: number, stepping: boolean): readonly number[] {
  const sequence = shape.length > 1 && !stepping;
  const sizes = sequence ? [shape[0], batch, ...shape.slice(1)] : [batch, ...shape];
  return [...new Array<number>(4 - sizes.length).fill(1), ...sizes];
}

/** Strides in elements; 0 along axes of one element, but for the last where both operands have one. */
export function stridesIn(sizes: readonly number[]): number[] {
  return sizes.map((size, i) => (size === 1 ? 0 : sizeOf(sizes.slice(i + 1))));
}
