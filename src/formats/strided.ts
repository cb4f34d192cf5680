import { type Shape, sizeOf } from '../shape.js';

/**
 * Visits the elements of a strided array in row-major order: the position of each in its storage, and its number.
 * Strides count elements.
 */
export function eachElement(
  shape: Shape,
  strides: readonly number[],
  visit: (position: number, element: number) => void,
  offset = 0,
): void {
  const count = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, position = offset; i < count; i++) {
    visit(position, i);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis];
      index[axis]++;
      if (index[axis] < shape[axis]) break;
      position -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
}
