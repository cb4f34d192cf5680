import { ShapeError } from './errors.js';
import { flattenNested, type NestedArray } from './nested.js';
import { formatShape, type Shape, sizeOf } from './shape.js';

/** Numbers in row-major order with their shape. A plain value: it owns its data. */
export interface Tensor {
  /** Elements, the last axis varying fastest. */
  readonly data: Float32Array;
  /** Sizes, outermost first. */
  readonly shape: Shape;
}

export type { NestedArray };

/** What every method that takes data accepts. A typed array needs a known shape. */
export type TensorLike = Tensor | NestedArray | ArrayLike<number>;

/** Whether a value is a {@link Tensor}. */
export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as Tensor).data instanceof Float32Array &&
    Array.isArray((value as Tensor).shape)
  );
}

/**
 * Makes a tensor from flat data and a shape, or from nested arrays.
 *
 * @param data flat numbers (a `Float32Array` is used in place, anything else is copied) or nested arrays
 * @param shape sizes, outermost first; may be left out for nested arrays
 * @throws ShapeError when the shape does not hold exactly the data, or nested rows differ in length
 */
export function tensor(data: TensorLike, shape?: Shape): Tensor {
  if (isTensor(data)) {
    return shape === undefined ? data : tensor(data.data, shape);
  }
  if (typeof data === 'number') return tensor([data], shape ?? []);
  if (Array.isArray(data) && data.some((row) => typeof row !== 'number')) {
    const nested = flattenNested(data as readonly NestedArray[]);
    return shape === undefined ? nested : tensor(nested.data, shape);
  }
  const flat = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
  const sizes = shape ?? [flat.length];
  for (const d of sizes) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(`tensor: shape ${formatShape(sizes)}: sizes must be whole numbers, 0 or more`);
    }
  }
  if (sizeOf(sizes) !== flat.length) {
    throw new ShapeError(
      `tensor: shape ${formatShape(sizes)} holds ${sizeOf(sizes)} values, data has ${flat.length}`,
    );
  }
  return { data: flat, shape: [...sizes] };
}
