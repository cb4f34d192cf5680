import { type Shape, sizeOf } from '../../shape.js';
import { floatsFrom } from '../dtypes.js';
import type { Hdf5Bytes } from './cursor.js';
import { type Hdf5Type, readSpace, readType } from './types.js';

/** The value of an attribute: one text, a list of texts, or numbers. */
export type AttributeValue = string | readonly string[] | Float32Array;

const padded = (size: number): number => Math.ceil(size / 8) * 8;

/** A text in a collection of varying lengths ("global heap"). */
function textElsewhere(file: Hdf5Bytes, at: number): string {
  const length = file.u32(at);
  const collection = file.address(at + 4);
  const index = file.u32(at + 12);
  if (length === 0 || collection === null || collection === 0) return '';
  file.expect(collection, 'GCOL');
  const end = collection + file.u64(collection + 8);
  for (let place = collection + 16; place + 16 <= end; ) {
    const size = file.u64(place + 8);
    if (file.u16(place) === index) {
      if (length > size)
        file.refuse(`a text of ${length} bytes is said to be in ${size}: the file is damaged`);
      return file.text(place + 16, length);
    }
    if (file.u16(place) === 0) break;
    place += 16 + padded(size);
  }
  return file.refuse(`a text at ${collection} is missing: the file is damaged`);
}

function valueAt(file: Hdf5Bytes, at: number, type: Hdf5Type, shape: Shape, room: number): AttributeValue {
  const count = sizeOf(shape);
  if (count * type.size > room)
    file.refuse(`an attribute at ${at} takes more than it has: the file is damaged`);
  if (type.kind === 'number') return floatsFrom(file.where, file.slice(at, count * type.size), type.dtype);
  if (type.kind === 'opaque') return file.refuse('an attribute of bytes without a type is not read');
  const element = (i: number): string =>
    type.kind === 'text' ? file.text(at + i * type.size, type.size) : textElsewhere(file, at + i * type.size);
  if (shape.length === 0) return element(0);
  return Array.from({ length: count }, (_, i) => element(i));
}

/** An attribute whose value is read when it is asked for. */
export interface Hdf5Attribute {
  readonly name: string;
  value(): AttributeValue;
}

/** The attribute in a message of `size` bytes. @throws FormatError */
export function readAttribute(file: Hdf5Bytes, at: number, size: number): Hdf5Attribute {
  const version = file.u8(at);
  if (version < 1 || version > 3) file.refuse(`an attribute of version ${version} is not read`);
  if (version > 1 && file.u8(at + 1) !== 0) file.refuse('an attribute of a shared type is not read');
  const [nameSize, typeSize, spaceSize] = [2, 4, 6].map((offset) => file.u16(at + offset));
  const room = (bytes: number): number => (version === 1 ? padded(bytes) : bytes);
  const name = at + (version === 3 ? 9 : 8);
  const type = name + room(nameSize);
  const space = type + room(typeSize);
  const data = space + room(spaceSize);
  return {
    name: file.text(name, nameSize),
    value: () => valueAt(file, data, readType(file, type), readSpace(file, space), at + size - data),
  };
}
