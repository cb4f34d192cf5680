import { FormatError } from '../../errors.js';
import type { Shape } from '../../shape.js';

/** What stands in front of an array's data. */
export interface NpyHeader {
  /** Byte order, kind and size: '<f4'. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** The three entries in any order, as NumPy writes them: a dictionary of Python literals. */
const DESCR = /'descr'\s*:\s*'([<>|=]?[a-zA-Z]\d*)'/;
const ORDER = /'fortran_order'\s*:\s*(True|False)/;
const SHAPE = /'shape'\s*:\s*\(([\d\s,]*)\)/;
const ENTRIES = /^\s*\{[^{}[\]]*\}\s*$/;

function shapeFrom(text: string): number[] {
  return text
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
}

/** Reads the header of a .npy file, versions 1 to 3; `start` is where the data begins. @throws FormatError */
export function readNpyHeader(where: string, bytes: Uint8Array): { header: NpyHeader; start: number } {
  const refuse = (what: string): FormatError => new FormatError(`${where}: ${what}`);
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw refuse(`these ${bytes.length} bytes are not a .npy file`);
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw refuse(`version ${version} of .npy is not known, 1 to 3 are`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const from = version === 1 ? 10 : 12;
  if (from + length > bytes.length) throw refuse(`a header of ${length} bytes is not in the file`);
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.slice(from, from + length));
  const [descr, order, shape] = [DESCR, ORDER, SHAPE].map((entry) => entry.exec(text)?.[1]);
  if (!ENTRIES.test(text) || descr === undefined || order === undefined || shape === undefined) {
    throw refuse('the header does not give descr, fortran_order and shape of plain numbers');
  }
  return {
    header: { descr, fortranOrder: order === 'True', shape: shapeFrom(shape) },
    start: from + length,
  };
}

/** The header of an array of 32-bit floats in C order, padded so that the data begins at a multiple of 64. */
export function writeNpyHeader(shape: Shape): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set(MAGIC);
  bytes.set([1, 0], 6);
  new DataView(bytes.buffer).setUint16(8, total - 10, true);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes[total - 1] = 0x0a;
  return bytes;
}
