import { FormatError } from '../../errors.js';
import { formatShape, sizeOf } from '../../shape.js';
import { bfloatToFloat, FILE_TYPES, floatsFrom, halfToFloat } from '../dtypes.js';
import { FileFloats, type Floats } from '../file-floats.js';
import type { TensorProto } from './proto/messages.js';
import type { Constant } from './values.js';

interface NumberType {
  /** Its name in dtypes.ts. */
  readonly dtype: string;
  readonly kind: Constant['type'];
  /** From the entry of a list of whole numbers, where the number itself does not stand there. */
  readonly unpack?: (bits: number) => number;
}

/** TensorProto.DataType. */
const TYPES: Readonly<Record<number, NumberType>> = {
  1: { dtype: 'F32', kind: 'float' },
  2: { dtype: 'U8', kind: 'int' },
  3: { dtype: 'I8', kind: 'int' },
  4: { dtype: 'U16', kind: 'int' },
  5: { dtype: 'I16', kind: 'int' },
  6: { dtype: 'I32', kind: 'int' },
  7: { dtype: 'I64', kind: 'int' },
  9: { dtype: 'BOOL', kind: 'bool' },
  10: { dtype: 'F16', kind: 'float', unpack: halfToFloat },
  11: { dtype: 'F64', kind: 'float' },
  12: { dtype: 'U32', kind: 'int' },
  13: { dtype: 'U64', kind: 'int' },
  16: { dtype: 'BF16', kind: 'float', unpack: bfloatToFloat },
};

/** Whether numbers of a type of ONNX are floats, whole numbers or booleans. */
export function kindOfType(where: string, type: number): Constant['type'] {
  const known = TYPES[type];
  if (known === undefined) throw new FormatError(`${where}: numbers of type ${type} cannot be read`);
  return known.kind;
}

function wholeNumbers(bytes: Uint8Array, dtype: string): Float64Array {
  const { bytes: size, read } = FILE_TYPES[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}

const inFile = new WeakMap<Constant, FileFloats>();

/** Floats of a file, which are copied when somebody asks for them. */
function floatsOfFile(raw: Uint8Array, shape: readonly number[]): Constant {
  const floats = new FileFloats(raw);
  let data: Float32Array | null = null;
  const constant: Constant = {
    kind: 'constant',
    type: 'float',
    shape,
    get data() {
      data ??= floats.toArray();
      return data;
    },
  };
  inFile.set(constant, floats);
  return constant;
}

/** The floats of a constant, in the file where they are there. */
export function floatsOf(constant: Constant): Floats {
  return inFile.get(constant) ?? (constant.data as Float32Array);
}

/** Numbers of a file, checked against their shape. @throws FormatError */
export function constantFrom(where: string, { dims, type, raw, numbers, external }: TensorProto): Constant {
  if (external) throw new FormatError(`${where}: its numbers are in another file; give one file with all`);
  const known = TYPES[type];
  if (known === undefined) throw new FormatError(`${where}: numbers of type ${type} cannot be read`);
  if (dims.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new FormatError(`${where}: ${formatShape(dims)} is no shape`);
  }
  const { dtype, kind, unpack } = known;
  const count = sizeOf(dims);
  const held = raw === null ? numbers.length : raw.length / FILE_TYPES[dtype].bytes;
  if (held !== count) {
    throw new FormatError(
      `${where}: shape ${formatShape(dims)} holds ${count} numbers, the file has ${held}`,
    );
  }
  if (raw !== null && dtype === 'F32') return floatsOfFile(raw, dims);
  if (raw !== null) {
    const data = kind === 'float' ? floatsFrom(where, raw, dtype) : wholeNumbers(raw, dtype);
    return { kind: 'constant', type: kind, data, shape: dims, ...(type === 3 && { signed: true }) };
  }
  const list = unpack === undefined ? numbers : numbers.map((bits) => unpack(bits & 0xffff));
  const data = kind === 'float' ? Float32Array.from(list) : Float64Array.from(list);
  return { kind: 'constant', type: kind, data, shape: dims, ...(type === 3 && { signed: true }) };
}

/** Some positions of a constant on one axis. */
export function taken(constant: Constant, axis: number, positions: readonly number[]): Constant {
  const { shape, data, type } = constant;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const row = shape[axis] * inner;
  const kept = positions.length * inner;
  const result = type === 'float' ? new Float32Array(outer * kept) : new Float64Array(outer * kept);
  for (let o = 0; o < outer; o++) {
    positions.forEach((position, i) => {
      const from = o * row + position * inner;
      result.set(data.subarray(from, from + inner), o * kept + i * inner);
    });
  }
  return { ...constant, data: result, shape: shape.map((size, i) => (i === axis ? positions.length : size)) };
}

/** A constant from numbers that are at hand. */
export function constantOf(
  type: Constant['type'],
  numbers: ArrayLike<number>,
  shape: readonly number[],
): Constant {
  const data = type === 'float' ? Float32Array.from(numbers) : Float64Array.from(numbers);
  return { kind: 'constant', type, data, shape };
}
