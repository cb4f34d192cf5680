import { type Shape, sizeOf } from '../../shape.js';
import type { Hdf5Bytes } from './cursor.js';

/** A type of elements: numbers by their names in dtypes.ts, texts of fixed or varying length, or bytes alone. */
export interface Hdf5Type {
  readonly kind: 'number' | 'text' | 'texts elsewhere' | 'opaque';
  /** Bytes of an element. */
  readonly size: number;
  /** 'F32', of numbers. */
  readonly dtype: string;
}

/** Classes of datatypes. */
const CLASS = { whole: 0, float: 1, text: 3, opaque: 5, enumeration: 8, varying: 9 } as const;

/** Sizes of the fields of an IEEE 754 number: exponent's place and size, mantissa's place and size. */
const FLOATS: Readonly<Record<number, { readonly dtype: string; readonly fields: readonly number[] }>> = {
  2: { dtype: 'F16', fields: [10, 5, 0, 10] },
  4: { dtype: 'F32', fields: [23, 8, 0, 23] },
  8: { dtype: 'F64', fields: [52, 11, 0, 52] },
};

/** The type that a datatype message describes. @throws FormatError for one that weights are not of */
export function readType(file: Hdf5Bytes, at: number): Hdf5Type {
  const kind = file.u8(at) & 15;
  const bits = file.u8(at + 1);
  const size = file.u32(at + 4);
  const isBig = (bits & 1) !== 0;
  if (kind === CLASS.whole) {
    if (isBig || ![1, 2, 4, 8].includes(size))
      file.refuse(`whole numbers of this form (${size} bytes) are not read`);
    return { kind: 'number', size, dtype: `${bits & 8 ? 'I' : 'U'}${8 * size}` };
  }
  if (kind === CLASS.float) {
    const known = FLOATS[size];
    const fields = [0, 1, 2, 3].map((i) => file.u8(at + 12 + i));
    if (isBig || known === undefined || known.fields.some((value, i) => value !== fields[i])) {
      file.refuse(`floats of this form (${size} bytes) are not read`);
    }
    return { kind: 'number', size, dtype: known.dtype };
  }
  if (kind === CLASS.text) return { kind: 'text', size, dtype: '' };
  if (kind === CLASS.varying && (bits & 15) === 1) return { kind: 'texts elsewhere', size, dtype: '' };
  if (kind === CLASS.opaque) return { kind: 'opaque', size, dtype: '' };
  if (kind === CLASS.enumeration && size === 1) return { kind: 'number', size, dtype: 'BOOL' };
  return file.refuse(`a type of class ${kind} is not read`);
}

/** Axes of an array at most. */
const MOST_AXES = 32;

/** The sizes that a dataspace message describes. @throws FormatError */
export function readSpace(file: Hdf5Bytes, at: number): Shape {
  const version = file.u8(at);
  const rank = file.u8(at + 1);
  if (version !== 1 && version !== 2) file.refuse(`a dataspace of version ${version} is not read`);
  if (rank > MOST_AXES) file.refuse(`an array of ${rank} axes is none`);
  if (version === 2 && file.u8(at + 3) === 2) return [0]; // nothing at all
  const from = at + (version === 1 ? 8 : 4);
  const shape = Array.from({ length: rank }, (_, i) => file.u64(from + 8 * i));
  if (!Number.isSafeInteger(sizeOf(shape))) file.refuse(`an array of shape [${shape.join(', ')}] is none`);
  return shape;
}
