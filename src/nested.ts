import { allocateFloats } from './allocate.js';
import { describeValue } from './describe.js';
import { ShapeError } from './errors.js';
import { type Shape, sizeOf } from './shape.js';

/** Nested arrays of numbers, every row as long as its neighbours; the innermost rows may be typed arrays. */
export type NestedArray = number | ArrayLike<number> | readonly NestedArray[];

/** Deeper nesting is taken for an array that holds itself. */
const MAX_RANK = 16;

type Row = ArrayLike<NestedArray>;

/**
 * Nested arrays to flat numbers in row-major order and their shape.
 *
 * @param where whose data it is, as the error shall begin: `fit: x` gives `fit: x[3][1]: expected ...`
 * @throws ShapeError naming the place where a row is longer, shorter or deeper than its first neighbour,
 *   or where something that is no number stands
 */
export function flattenNested(
  nested: NestedArray,
  where = 'tensor: data',
): { data: Float32Array; shape: number[] } {
  const shape: number[] = [];
  for (let level = nested; isRow(level); level = level[0]) {
    if (shape.length === MAX_RANK) throw new ShapeError(`${where}: nested more than ${MAX_RANK} deep`);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const data = allocateFloats(where, sizeOf(shape));
  const path: number[] = [];
  let at = 0;
  const mismatch = (expected: string, got: unknown): ShapeError => {
    const place = path.map((index) => `[${index}]`).join('');
    return new ShapeError(`${where}${place}: expected ${expected}, got ${describe(got)}`);
  };
  const copy = (value: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof value !== 'number') throw mismatch('a number', value);
      data[at++] = value;
      return;
    }
    if (!isRow(value) || value.length !== shape[depth]) throw mismatch(`${shape[depth]} entries`, value);
    const innermost = depth === shape.length - 1;
    for (let i = 0; i < value.length; i++) {
      const entry = value[i];
      if (innermost && typeof entry === 'number') {
        data[at++] = entry;
      } else {
        path[depth] = i;
        copy(entry, depth + 1);
      }
    }
    path.length = depth;
  };
  copy(nested, 0);
  return { data, shape };
}

/** Flat numbers to nested arrays: the inverse of {@link flattenNested}. A shape of `[]` gives one number. */
export function toNested(data: Float32Array, shape: Shape): NestedArray {
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(
      `toNested: shape [${shape.join(', ')}] holds ${sizeOf(shape)} values, data has ${data.length}`,
    );
  }
  let at = 0;
  const build = (depth: number): NestedArray => {
    if (depth === shape.length) return data[at++];
    return Array.from({ length: shape[depth] }, () => build(depth + 1));
  };
  return build(0);
}

/** Whether a value has entries: an array or a typed array. */
function isRow(value: unknown): value is Row {
  if (Array.isArray(value)) return true;
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function describe(value: unknown): string {
  if (isRow(value)) return `${value.length} entries`;
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'string') return `the string '${value}'`;
  return value === undefined ? 'nothing' : describeValue(value);
}
