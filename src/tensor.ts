import { describeValue } from './describe.js';
import { ShapeError, ValueError } from './errors.js';
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

/** Whether a value has the parts of a {@link Tensor}, right or wrong. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

/** Whether a value is numbers without a shape: a typed array, or an array that starts with a number. */
export function isFlat(value: unknown): value is ArrayLike<number> {
  if (Array.isArray(value)) return value.length > 0 && typeof value[0] === 'number';
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/**
 * Makes a tensor from flat data and a shape, or from nested arrays.
 *
 * @param data flat numbers (a `Float32Array` is used in place, anything else is copied) or nested arrays
 * @param shape sizes, outermost first; may be left out for nested arrays
 * @throws ShapeError when the shape does not hold exactly the data, or nested rows differ in length;
 *   ValueError when the data is no numbers at all
 */
export function tensor(data: TensorLike, shape?: Shape): Tensor {
  return tensorOf('tensor: data', data, shape);
}

/** As {@link tensor}; `where` is what errors begin with, such as `setWeights: dense.bias`. */
export function tensorOf(where: string, value: unknown, shape?: Shape): Tensor {
  const { data, shape: own } = numbersOf(where, value);
  if (shape === undefined) return { data, shape: own };
  checkSizes(where, shape, data.length);
  return { data, shape: [...shape] };
}

function numbersOf(where: string, value: unknown): Tensor {
  if (isTensor(value)) {
    const { data, shape } = value;
    if (!(data instanceof Float32Array)) {
      const got = describeValue(data);
      throw new ValueError(
        `${where}: data of a tensor must be a Float32Array, got ${got}; use tensor(data, shape)`,
      );
    }
    checkSizes(where, shape, data.length);
    return { data, shape };
  }
  if (typeof value === 'number') return { data: Float32Array.of(value), shape: [] };
  if (Array.isArray(value)) return flattenNested(value as NestedArray, where);
  if (isFlat(value) && typeof value[0] !== 'bigint') {
    const data = value instanceof Float32Array ? value : Float32Array.from(value);
    return { data, shape: [data.length] };
  }
  throw new ValueError(
    `${where}: expected numbers (nested arrays, a typed array or a tensor), got ${describeValue(value)}`,
  );
}

function checkSizes(where: string, shape: unknown, length: number): void {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`${where}: shape must be a list such as [2, 3], got ${describeValue(shape)}`);
  }
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      const got = `[${shape.map(describeValue).join(', ')}]`;
      throw new ShapeError(`${where}: shape ${got}: sizes must be whole numbers of at least 0`);
    }
  }
  if (sizeOf(shape) !== length) {
    throw new ShapeError(
      `${where}: shape ${formatShape(shape)} holds ${sizeOf(shape)} values, data has ${length}`,
    );
  }
}
