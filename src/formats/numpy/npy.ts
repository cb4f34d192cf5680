import { FormatError } from '../../errors.js';
import { formatShape, type Shape, sizeOf } from '../../shape.js';
import { type Tensor, type TensorLike, tensorOf } from '../../tensor.js';
import { FILE_TYPES, floatsFrom } from '../dtypes.js';
import { checkUnfolded, fileBytes } from '../file.js';
import { eachElement } from '../strided.js';
import { readNpyHeader, writeNpyHeader } from './header.js';

/** NumPy's kind and size, as safetensors names them. */
const TYPES: Readonly<Record<string, string>> = {
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
  i1: 'I8',
  i2: 'I16',
  i4: 'I32',
  i8: 'I64',
  u1: 'U8',
  u2: 'U16',
  u4: 'U32',
  u8: 'U64',
  b1: 'BOOL',
};

/** The bytes of each element turned round. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const turned = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) turned[i] = bytes[i - (i % size) + (size - 1 - (i % size))];
  return turned;
}

/** From an array whose first axis varies fastest to one whose last does. */
function fromFortranOrder(data: Float32Array, shape: Shape): Float32Array<ArrayBuffer> {
  const strides: number[] = [];
  shape.reduce((stride, size) => {
    strides.push(stride);
    return stride * size;
  }, 1);
  const turned = new Float32Array(data.length);
  eachElement(shape, strides, (position, i) => {
    turned[i] = data[position];
  });
  return turned;
}

/** As {@link readNpy}; `where` is what errors begin with. */
export function readArray(where: string, file: Uint8Array): Tensor {
  const { header, start } = readNpyHeader(where, file);
  const { descr, fortranOrder, shape } = header;
  const order = /^[<>|=]/.test(descr) ? descr[0] : '=';
  const kind = descr.replace(/^[<>|=]/, '');
  const dtype = Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined;
  if (dtype === undefined) {
    throw new FormatError(
      `${where}: numbers of type '${descr}' cannot be read; ${Object.keys(TYPES).join(', ')} can`,
    );
  }
  const { bytes: size } = FILE_TYPES[dtype];
  const space = sizeOf(shape) * size;
  if (space !== file.length - start) {
    throw new FormatError(
      `${where}: shape ${formatShape(shape)} of ${descr} takes ${space} bytes, the file has ${file.length - start}`,
    );
  }
  checkUnfolded(where, 4 * sizeOf(shape), file.length);
  const bytes = file.subarray(start);
  const data = floatsFrom(where, order === '>' ? swapped(bytes, size) : bytes, dtype);
  return { data: fortranOrder && shape.length > 1 ? fromFortranOrder(data, shape) : data, shape };
}

/**
 * Reads an array that `numpy.save` wrote. Halves, floats, doubles (rounded), integers (where a 32-bit float
 * holds them) and booleans, in either order of bytes and of axes.
 * @throws FormatError
 */
export function readNpy(bytes: Uint8Array | ArrayBuffer): Tensor {
  return readArray('readNpy', fileBytes('readNpy', bytes));
}

/**
 * Writes an array that `numpy.load` reads, of type `<f4`.
 * @throws ShapeError or ValueError when it is no tensor
 */
export function writeNpy(array: TensorLike): Uint8Array {
  const { data, shape } = tensorOf('writeNpy', array);
  const header = writeNpyHeader(shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}
