import { FormatError } from '../errors.js';

/** A type of number in a file: its size, and how its bytes become floats. All are little-endian. */
export interface FileType {
  readonly bytes: number;
  /** The element at a byte position. */
  read(view: DataView, at: number): number;
  /** True where f32 holds every value; others are checked, and refused where it does not. */
  readonly exact: boolean;
}

/** IEEE 754 half precision from its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * powerOfTwo(exponent - 25);
}

const words = new DataView(new ArrayBuffer(4));

/** 2^e, exact, for e of a normal f32. */
function powerOfTwo(e: number): number {
  words.setUint32(0, (e + 127) << 23);
  return words.getFloat32(0);
}

/** bfloat16 is the upper half of an f32. */
export function bfloatToFloat(bits: number): number {
  words.setUint32(0, bits << 16);
  return words.getFloat32(0);
}

/** The types that are read, by their names in safetensors. */
export const FILE_TYPES: Readonly<Record<string, FileType>> = {
  F64: { bytes: 8, exact: true, read: (v, at) => v.getFloat64(at, true) },
  F32: { bytes: 4, exact: true, read: (v, at) => v.getFloat32(at, true) },
  F16: { bytes: 2, exact: true, read: (v, at) => halfToFloat(v.getUint16(at, true)) },
  BF16: { bytes: 2, exact: true, read: (v, at) => bfloatToFloat(v.getUint16(at, true)) },
  I64: { bytes: 8, exact: false, read: (v, at) => Number(v.getBigInt64(at, true)) },
  U64: { bytes: 8, exact: false, read: (v, at) => Number(v.getBigUint64(at, true)) },
  I32: { bytes: 4, exact: false, read: (v, at) => v.getInt32(at, true) },
  U32: { bytes: 4, exact: false, read: (v, at) => v.getUint32(at, true) },
  I16: { bytes: 2, exact: true, read: (v, at) => v.getInt16(at, true) },
  U16: { bytes: 2, exact: true, read: (v, at) => v.getUint16(at, true) },
  I8: { bytes: 1, exact: true, read: (v, at) => v.getInt8(at) },
  U8: { bytes: 1, exact: true, read: (v, at) => v.getUint8(at) },
  BOOL: { bytes: 1, exact: true, read: (v, at) => v.getUint8(at) },
};

/**
 * The elements of a type in bytes, as floats. F64 is rounded to f32; a whole number that f32 cannot hold is
 * an error.
 * @throws FormatError
 */
export function floatsFrom(where: string, bytes: Uint8Array, dtype: string): Float32Array<ArrayBuffer> {
  const type = FILE_TYPES[dtype];
  const count = bytes.length / type.bytes;
  const data = new Float32Array(count);
  if (dtype === 'F32') {
    new Uint8Array(data.buffer).set(bytes);
    return data;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < count; i++) {
    const value = type.read(view, i * type.bytes);
    data[i] = value;
    if (!type.exact && data[i] !== value) {
      throw new FormatError(`${where}: holds ${value} (${dtype}), which a 32-bit float does not`);
    }
  }
  return data;
}
