import { describeValue } from '../../describe.js';
import { FormatError } from '../../errors.js';
import { formatShape, type Shape, sizeOf } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { FILE_TYPES, floatsFrom } from '../dtypes.js';
import { fileBytes } from '../file.js';

/** What a safetensors file holds. */
export interface Safetensors {
  /** Tensors by name, in the order of their data, as 32-bit floats. */
  readonly tensors: Record<string, Tensor>;
  /** The texts under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** The header's greatest length, as in the reference implementation. */
const MAX_HEADER = 100_000_000;
const LENGTH_BYTES = 8;

const refuse = (what: string): FormatError => new FormatError(`readSafetensors: ${what}`);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The header's JSON and where the data begins. */
function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < LENGTH_BYTES) throw refuse(`a file of ${bytes.length} bytes has no header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER, bytes.length - LENGTH_BYTES))) {
    throw refuse(`a header of ${length} bytes is said to be in a file of ${bytes.length}`);
  }
  const start = LENGTH_BYTES + Number(length);
  let header: unknown;
  try {
    // A copy: TextDecoder refuses views on shared memory.
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.slice(LENGTH_BYTES, start)));
  } catch {
    throw refuse('the header is not valid JSON');
  }
  if (!isRecord(header)) throw refuse(`the header: expected an object, got ${describeValue(header)}`);
  return { header, start };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(name: string, value: unknown): Entry {
  const where = `tensor '${name}'`;
  if (!isRecord(value)) throw refuse(`${where}: expected an object, got ${describeValue(value)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(FILE_TYPES, dtype)) {
    const known = Object.keys(FILE_TYPES).join(', ');
    throw refuse(`${where}: dtype must be one of ${known}, got ${describeValue(dtype)}`);
  }
  if (!Array.isArray(shape) || !shape.every(isWhole)) {
    throw refuse(`${where}: shape must be a list of whole numbers, got ${describeValue(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isWhole)) {
    throw refuse(`${where}: data_offsets must be two whole numbers, got ${describeValue(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (end - begin !== sizeOf(shape) * FILE_TYPES[dtype].bytes) {
    const size = sizeOf(shape) * FILE_TYPES[dtype].bytes;
    throw refuse(`${where}: shape ${formatShape(shape)} of ${dtype} takes ${size} bytes, not ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors in the order of their data: no gaps, no overlaps, all of it. */
function checkOrder(entries: Entry[], dataBytes: number): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw refuse(`tensor '${name}': data begins at ${begin}, expected ${at}`);
    at = end;
  }
  if (at !== dataBytes) throw refuse(`the tensors take ${at} bytes, the file has ${dataBytes} for them`);
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw refuse(`__metadata__: expected an object, got ${describeValue(value)}`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw refuse(`__metadata__: '${key}': expected a text, got ${describeValue(text)}`);
    }
  }
  return { ...(value as Record<string, string>) };
}

/**
 * Reads a safetensors file. F64 is rounded to 32-bit floats, F16 and BF16 are widened, integers are taken where
 * a 32-bit float holds them.
 *
 * @param bytes the whole file
 * @throws FormatError when it is cut short, lists tensors that do not fit or overlap, or has a type or an
 *   integer that cannot be read; nothing of the data is copied before all of the header has proved right
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer): Safetensors {
  const file = fileBytes('readSafetensors', bytes);
  const { header, start } = readHeader(file);
  const { __metadata__: metadata, ...listed } = header;
  const texts = readMetadata(metadata);
  const entries = Object.entries(listed).map(([name, value]) => readEntry(name, value));
  checkOrder(entries, file.length - start);
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = floatsFrom(
      `readSafetensors: tensor '${name}'`,
      file.subarray(start + begin, start + end),
      dtype,
    );
    tensors[name] = { data, shape: [...shape] };
  }
  return { tensors: { ...tensors }, metadata: texts };
}
