import { describeValue } from '../../describe.js';
import { FormatError } from '../../errors.js';
import { formatShape, type Shape, sizeOf } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { floatsFrom, halfToFloat } from '../dtypes.js';
import { checkUnfolded } from '../file.js';
import { type Fields, isFields } from '../keras/dialect.js';

/** A weight in a group of shards. */
interface Entry {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: string;
  readonly quantization: Quantization | null;
}

/** How numbers of 8 or 16 bits become floats: scale · n + min, or a half as it is. */
interface Quantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16';
  readonly scale: number;
  readonly min: number;
}

/** Types of tfjs by their names in dtypes.ts. */
const TYPES: Readonly<Record<string, string>> = {
  float32: 'F32',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
  float16: 'F16',
};
const BYTES: Readonly<Record<string, number>> = { F32: 4, I32: 4, U8: 1, BOOL: 1, F16: 2 };
const QUANTIZED = ['uint8', 'uint16', 'float16'];

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function readQuantization(where: string, value: unknown): Quantization | null {
  if (value === undefined || value === null) return null;
  if (!isFields(value) || !QUANTIZED.includes(value.dtype as string)) {
    throw new FormatError(`${where}: quantization: expected a dtype of ${QUANTIZED.join(', ')}`);
  }
  const { dtype, scale = 1, min = 0 } = value;
  if (!Number.isFinite(scale) || !Number.isFinite(min)) {
    throw new FormatError(`${where}: quantization: scale and min must be finite numbers`);
  }
  return { dtype: dtype as Quantization['dtype'], scale: scale as number, min: min as number };
}

function readEntry(where: string, given: unknown): Entry {
  if (!isFields(given) || typeof given.name !== 'string' || !isShape(given.shape)) {
    throw new FormatError(
      `${where}: weightsManifest: expected a weight with name and shape, got ${describeValue(given)}`,
    );
  }
  const { name, shape, dtype } = given;
  const quantization = readQuantization(`${where}: weight '${name}'`, given.quantization);
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    const known = Object.keys(TYPES).join(', ');
    throw new FormatError(
      `${where}: weight '${name}': dtype must be one of ${known}, got ${describeValue(dtype)}`,
    );
  }
  return { name, shape, dtype, quantization };
}

/** The numbers of a weight. Source: tfjs-core, io/io_utils.ts */
function numbersOf(where: string, { dtype, quantization }: Entry, bytes: Uint8Array): Float32Array {
  if (quantization === null) return floatsFrom(where, bytes, TYPES[dtype]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { scale, min } = quantization;
  if (quantization.dtype === 'uint8') return Float32Array.from(bytes, (n) => n * scale + min);
  const half = quantization.dtype === 'float16';
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const n = view.getUint16(2 * i, true);
    return half ? halfToFloat(n) : n * scale + min;
  });
}

/** Bytes of an element in a shard. */
const elementBytes = ({ dtype, quantization }: Entry): number =>
  quantization === null ? BYTES[TYPES[dtype]] : quantization.dtype === 'uint8' ? 1 : 2;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A weight of a file, by its name there. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * The weights of a manifest, in its order. Sizes are checked before anything is taken.
 * @param shard gives the bytes of a path
 * @throws FormatError
 */
export function readManifest(
  where: string,
  manifest: unknown,
  shard: (path: string) => Uint8Array,
  fileBytes: number,
): NamedTensor[] {
  if (!Array.isArray(manifest)) throw new FormatError(`${where}: weightsManifest: expected a list of groups`);
  const used = new Set<Uint8Array>();
  let unfolded = 0;
  return manifest.flatMap((group: unknown): NamedTensor[] => {
    const { paths, weights } = (isFields(group) ? group : {}) as Fields;
    if (
      !Array.isArray(paths) ||
      !Array.isArray(weights) ||
      !paths.every((path) => typeof path === 'string')
    ) {
      throw new FormatError(`${where}: weightsManifest: expected groups of paths and weights`);
    }
    const entries = weights.map((weight) => readEntry(where, weight));
    const files = (paths as string[]).map((path) => {
      const file = shard(path);
      if (used.has(file)) throw new FormatError(`${where}: weightsManifest names the file '${path}' twice`);
      used.add(file);
      return file;
    });
    const bytes = joined(files);
    let at = 0;
    return entries.map((entry) => {
      const { name, shape } = entry;
      const size = elementBytes(entry) * sizeOf(shape);
      if (!Number.isSafeInteger(size) || at + size > bytes.length) {
        throw new FormatError(
          `${where}: weight '${name}' of shape ${formatShape(shape)} does not fit into its files of ${bytes.length} bytes`,
        );
      }
      unfolded += 4 * sizeOf(shape);
      checkUnfolded(`${where}: weight '${name}'`, unfolded, fileBytes);
      const data = numbersOf(`${where}: weight '${name}'`, entry, bytes.subarray(at, at + size));
      at += size;
      return { name, tensor: { data, shape } };
    });
  });
}
