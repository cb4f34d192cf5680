import { describeValue } from '../describe.js';
import { FormatError } from '../errors.js';
import { crc32 } from '../numeric/crc32.js';
import { decodeUtf8, encodeUtf8 } from '../numeric/utf8.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { StoredTensor } from './parameters.js';
import { readList, readRecord, readText, readWhole } from './reading.js';

/**
 * A saved model as bytes, little-endian:
 *
 * ```text
 * 0   8 bytes  'recurra' and a zero byte
 * 8   u32      version of this layout
 * 12  u32      length h of the header in bytes
 * 16  h bytes  header, JSON in UTF-8: { content, tensors: [{ name, shape, dtype }] }
 * .   zeros    up to a multiple of 16
 * .            the tensors' data, one after the other, each with zeros up to a multiple of 4
 * .   u32      CRC-32 of everything before
 * ```
 *
 * A dtype is 'int8', one byte an element, or left out: f32. Files with an int8 tensor are of version 2, those
 * without of version 1, which builds that know no int8 read as well.
 */
const MAGIC = [0x72, 0x65, 0x63, 0x75, 0x72, 0x72, 0x61, 0];
const VERSION = { float32: 1, int8: 2 };
const NEWEST = 2;
const FIXED = 16;

/** What is written: anything that JSON takes, and named tensors. */
export interface Contents {
  readonly content: unknown;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** What is read: every tensor as floats, whatever its type in the file. */
export interface ReadContents {
  readonly content: unknown;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

interface Entry {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype?: 'int8';
}

interface Header {
  readonly content: unknown;
  readonly tensors: readonly Entry[];
}

/** Bytes that a tensor takes in the file. */
function spaceOf({ shape, dtype }: Entry): number {
  return dtype === 'int8' ? 4 * Math.ceil(sizeOf(shape) / 4) : 4 * sizeOf(shape);
}

/** Writes a container. */
export function encodeContainer({ content, tensors }: Contents): Uint8Array {
  const entries = [...tensors];
  const listed = entries.map(
    ([name, { data, shape }]): Entry =>
      data instanceof Int8Array ? { name, shape, dtype: 'int8' } : { name, shape },
  );
  const header: Header = { content, tensors: listed };
  const version = listed.some(({ dtype }) => dtype === 'int8') ? VERSION.int8 : VERSION.float32;
  const text = encodeUtf8(JSON.stringify(header));
  const start = Math.ceil((FIXED + text.length) / 16) * 16;
  const space = listed.reduce((sum, entry) => sum + spaceOf(entry), 0);
  const bytes = new Uint8Array(start + space + 4);
  const words = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  words.setUint32(8, version, true);
  words.setUint32(12, text.length, true);
  bytes.set(text, FIXED);
  let at = start;
  entries.forEach(([, { data }], i) => {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += spaceOf(listed[i]);
  });
  words.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/**
 * Reads a container. Nothing is allocated before the file is known to hold it.
 *
 * The first 16 bytes and the checksum in the last 4 have their place in every version.
 * @throws FormatError when it is not one, is cut short, damaged, or of a later version
 */
export function decodeContainer(given: unknown): ReadContents {
  const bytes = bytesOf(given);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FIXED + 4 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FormatError(`load: these ${bytes.length} bytes are not a saved recurra model`);
  }
  const version = words.getUint32(8, true);
  const end = bytes.length - 4;
  const intact = crc32(bytes.subarray(0, end)) === words.getUint32(end, true);
  if (intact && (version < 1 || version > NEWEST)) {
    throw new FormatError(
      `load: the file is of version ${version}, this build reads up to ${NEWEST}; a newer recurra reads it`,
    );
  }
  if (!intact) {
    throw new FormatError(
      `load: the file is damaged or cut short: the checksum of its ${bytes.length} bytes does not match`,
    );
  }
  const length = words.getUint32(12, true);
  const start = Math.ceil((FIXED + length) / 16) * 16;
  if (start > end) throw new FormatError(`load: header of ${length} bytes does not fit into the file`);
  const { content, tensors: listed } = parseHeader(bytes.slice(FIXED, FIXED + length));
  const space = listed.reduce((sum, entry) => sum + spaceOf(entry), 0);
  if (start + space !== end) {
    throw new FormatError(
      `load: the tensors listed take ${space} bytes, the file has ${Math.max(0, end - start)} for them`,
    );
  }
  const tensors = new Map<string, Tensor>();
  let at = start;
  for (const entry of listed) {
    const { name, shape } = entry;
    tensors.set(name, { data: readData(bytes.subarray(at, at + spaceOf(entry)), entry), shape });
    at += spaceOf(entry);
  }
  return { content, tensors };
}

function bytesOf(given: unknown): Uint8Array {
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  const got = describeValue(given);
  throw new FormatError(`load: expected the bytes of a saved model (Uint8Array or ArrayBuffer), got ${got}`);
}

function readData(bytes: Uint8Array, { shape, dtype }: Entry): Float32Array {
  if (dtype === 'int8') {
    return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, sizeOf(shape)));
  }
  const data = new Float32Array(sizeOf(shape));
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

function parseHeader(text: Uint8Array): Header {
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeUtf8(text));
  } catch {
    throw new FormatError('load: the header is not valid JSON');
  }
  const { content, tensors } = readRecord('header', parsed);
  const names = new Set<string>();
  const listed = readList('tensors', tensors).map((entry, i) => {
    const what = `tensors[${i}]`;
    const { name: givenName, shape: givenShape, dtype } = readRecord(what, entry);
    const name = readText(`${what}.name`, givenName);
    const shape = readList(`${what}.shape`, givenShape).map((size) => readWhole(`${what}.shape`, size));
    if (names.has(name)) throw new FormatError(`load: tensor '${name}' is listed twice`);
    names.add(name);
    if (!Number.isSafeInteger(sizeOf(shape))) {
      throw new FormatError(`load: tensor '${name}' has shape ${formatShape(shape)}, which no file can hold`);
    }
    if (dtype === undefined) return { name, shape };
    if (dtype === 'int8') return { name, shape, dtype } as const;
    throw new FormatError(`load: ${what}.dtype: expected 'int8' or none, got ${describeValue(dtype)}`);
  });
  return { content, tensors: listed };
}
