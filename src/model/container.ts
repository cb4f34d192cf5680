import { FormatError } from '../errors.js';
import { crc32 } from '../numeric/crc32.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';

/**
 * A saved model as bytes, little-endian:
 *
 * ```text
 * 0   8 bytes  'recurra' and a zero byte
 * 8   u32      version of this layout
 * 12  u32      length h of the header in bytes
 * 16  h bytes  header, JSON in UTF-8: { content, tensors: [{ name, shape }] }
 * .   zeros    up to a multiple of 16
 * .   f32      the tensors' data, one after the other
 * .   u32      CRC-32 of everything before
 * ```
 */
const MAGIC = [0x72, 0x65, 0x63, 0x75, 0x72, 0x72, 0x61, 0];
const VERSION = 1;
const FIXED = 16;

/** What a container holds. */
export interface Contents {
  readonly content: unknown;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

interface Header {
  content: unknown;
  tensors: { name: string; shape: Shape }[];
}

/** Writes a container. */
export function encodeContainer({ content, tensors }: Contents): Uint8Array {
  const entries = Object.entries(tensors);
  const header: Header = { content, tensors: entries.map(([name, { shape }]) => ({ name, shape })) };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((FIXED + text.length) / 16) * 16;
  const floats = entries.reduce((sum, [, t]) => sum + t.data.length, 0);
  const bytes = new Uint8Array(start + 4 * floats + 4);
  const words = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  words.setUint32(8, VERSION, true);
  words.setUint32(12, text.length, true);
  bytes.set(text, FIXED);
  let at = start;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  words.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/**
 * Reads a container.
 * @throws FormatError when it is not one, is cut short, damaged, or of a later version
 */
export function decodeContainer(bytes: Uint8Array): Contents {
  if (!(bytes instanceof Uint8Array)) {
    throw new FormatError(`load: expected the bytes of a saved model (Uint8Array), got ${typeof bytes}`);
  }
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FIXED + 4 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FormatError(`load: these ${bytes.length} bytes are not a saved recurra model`);
  }
  const version = words.getUint32(8, true);
  const end = bytes.length - 4;
  const intact = crc32(bytes.subarray(0, end)) === words.getUint32(end, true);
  if (intact && version !== VERSION) {
    throw new FormatError(
      `load: the file is of version ${version}, this build reads version ${VERSION}; a newer recurra reads it`,
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
  const header = parseHeader(bytes.subarray(FIXED, FIXED + length));
  const tensors: Record<string, Tensor> = {};
  let at = start;
  for (const { name, shape } of header.tensors) {
    const size = sizeOf(shape);
    if (at + 4 * size > end) throw new FormatError(`load: data of '${name}' goes beyond the end of the file`);
    const data = new Float32Array(size);
    new Uint8Array(data.buffer).set(bytes.subarray(at, at + 4 * size));
    tensors[name] = { data, shape };
    at += 4 * size;
  }
  if (at !== end) throw new FormatError(`load: ${end - at} bytes are left over behind the last tensor`);
  return { content: header.content, tensors };
}

function parseHeader(text: Uint8Array): Header {
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)) as Header;
  } catch {
    throw new FormatError('load: the header is not valid JSON');
  }
  const wellFormed =
    Array.isArray(header?.tensors) &&
    header.tensors.every(
      ({ name, shape }) =>
        typeof name === 'string' && Array.isArray(shape) && shape.every((d) => Number.isInteger(d) && d >= 0),
    );
  if (!wellFormed) throw new FormatError('load: the header lists no well-formed tensors');
  return header;
}
