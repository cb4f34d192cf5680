import { describeValue } from '../../describe.js';
import { checkOptionNames, FormatError, ValueError } from '../../errors.js';
import { sizeOf } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { FILE_TYPES, floatsFrom } from '../dtypes.js';
import { checkUnfolded, fileBytes } from '../file.js';
import { eachElement } from '../strided.js';
import { readZip } from '../zip.js';
import { PickleCall, PickleGlobal, PickleReference, readPickle } from './pickle.js';

/** Options of {@link readTorch}. */
export interface ReadTorchOptions {
  /** Where the state dict is in a checkpoint that holds more: 'model', or 'state.model' within another. */
  key?: string;
}

/** Classes of storages, and their numbers as safetensors names them. */
const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';

const isKnown = (name: string): boolean =>
  name === 'collections.OrderedDict' ||
  name === REBUILD_TENSOR ||
  name === REBUILD_PARAMETER ||
  (name.startsWith('torch.') && Object.hasOwn(STORAGES, name.slice('torch.'.length)));

const WHERE = 'readTorch';
const refuse = (what: string): FormatError => new FormatError(`${WHERE}: ${what}`);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** The archive: its pickle and its storages, whatever folder it puts them in. */
interface Archive {
  readonly pickle: Uint8Array;
  storage(key: string): Uint8Array | undefined;
  /** Says how many bytes are about to be asked for. @throws FormatError when they pass all measure */
  claim(bytes: number): void;
}

function openArchive(bytes: Uint8Array): Archive {
  const files = readZip(WHERE, bytes);
  const found = [...files.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (found === undefined) throw refuse('the archive has no data.pkl: it is not what torch.save writes');
  const folder = found.slice(0, -'data.pkl'.length);
  const order = files.get(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== 'little') {
    throw refuse('the numbers are in big-endian order');
  }
  let claimed = 0;
  return {
    pickle: files.get(found) as Uint8Array,
    storage: (key) => files.get(`${folder}data/${key}`),
    claim(more) {
      claimed += more;
      checkUnfolded(WHERE, claimed, bytes.length);
    },
  };
}

interface Storage {
  readonly dtype: string;
  readonly bytes: Uint8Array;
}

/** ('storage', torch.FloatStorage, key, place, count) */
function storageOf(name: string, reference: unknown, archive: Archive): Storage {
  const id = reference instanceof PickleReference ? reference.id : undefined;
  const [kind, type, key] = Array.isArray(id) ? id : [];
  if (kind !== 'storage' || !(type instanceof PickleGlobal) || typeof key !== 'string') {
    throw refuse(`'${name}' has no storage`);
  }
  const dtype = STORAGES[type.name.slice('torch.'.length)];
  const bytes = archive.storage(key);
  if (dtype === undefined || bytes === undefined)
    throw refuse(`'${name}': storage '${key}' is not in the archive`);
  return { dtype, bytes };
}

/** Whether elements lie one after the other in row-major order. */
function followsOn(shape: readonly number[], strides: readonly number[]): boolean {
  return shape.every((n, axis) => n === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));
}

/** Elements of a strided tensor, in row-major order. */
function gather(name: string, { dtype, bytes }: Storage, args: readonly unknown[], archive: Archive): Tensor {
  const [, offset, shape, strides] = args;
  if (!isSizes([offset]) || !isSizes(shape) || !isSizes(strides) || strides.length !== shape.length) {
    throw refuse(`'${name}': offset, sizes and strides must be whole numbers`);
  }
  const { bytes: size } = FILE_TYPES[dtype];
  const count = sizeOf(shape);
  const furthest = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], offset as number);
  if (count > 0 && !((furthest + 1) * size <= bytes.length)) {
    throw refuse(`'${name}' reaches element ${furthest} of a storage of ${Math.floor(bytes.length / size)}`);
  }
  archive.claim(4 * count);
  const where = `${WHERE}: '${name}'`;
  if (followsOn(shape, strides)) {
    const start = (offset as number) * size;
    return { data: floatsFrom(where, bytes.subarray(start, start + count * size), dtype), shape: [...shape] };
  }
  const picked = new Uint8Array(count * size);
  const place = (position: number, i: number): void => {
    picked.set(bytes.subarray(position * size, (position + 1) * size), i * size);
  };
  eachElement(shape, strides, place, offset as number);
  return { data: floatsFrom(where, picked, dtype), shape: [...shape] };
}

function tensorFrom(name: string, value: unknown, archive: Archive): Tensor | undefined {
  if (!(value instanceof PickleCall)) return undefined;
  if (value.of.name === REBUILD_PARAMETER) {
    const [inner] = value.args;
    const direct = inner instanceof PickleCall && inner.of.name === REBUILD_TENSOR;
    return direct ? tensorFrom(name, inner, archive) : undefined;
  }
  if (value.of.name !== REBUILD_TENSOR) return undefined;
  return gather(name, storageOf(name, value.args[0], archive), value.args, archive);
}

/** The dictionary that a path of keys leads to. */
function dictionaryAt(root: unknown, key: string | undefined): Map<unknown, unknown> {
  let at = root;
  for (const part of key === undefined ? [] : key.split('.')) {
    at = at instanceof Map ? at.get(part) : undefined;
  }
  if (at instanceof Map) return at;
  const known = root instanceof Map ? [...root.keys()].map((name) => `'${name}'`).join(', ') : 'none';
  throw refuse(`there is no dictionary${key === undefined ? '' : ` under '${key}'`}; keys: ${known}`);
}

/**
 * Reads the tensors of a state dict that `torch.save` wrote (the zip format, PyTorch 1.6 and later), as 32-bit
 * floats. The pickle in it is read as data: nothing of it is executed, and what a state dict does not need is an
 * error.
 *
 * @param bytes the whole file
 * @throws FormatError also when there are no tensors; ValueError for a key that is no text
 */
export function readTorch(
  bytes: Uint8Array | ArrayBuffer,
  options: ReadTorchOptions = {},
): Record<string, Tensor> {
  checkOptionNames(WHERE, options, ['key']);
  const { key } = options;
  if (key !== undefined && typeof key !== 'string') {
    throw new ValueError(`${WHERE}: key must be a text, got ${describeValue(key)}`);
  }
  const archive = openArchive(fileBytes(WHERE, bytes));
  const dictionary = dictionaryAt(readPickle(WHERE, archive.pickle, isKnown), key);
  const tensors: [string, Tensor][] = [];
  for (const [name, value] of dictionary) {
    const tensor = tensorFrom(String(name), value, archive);
    if (tensor !== undefined) tensors.push([String(name), tensor]);
  }
  if (tensors.length === 0) {
    const nested = [...dictionary].filter(([, value]) => value instanceof Map).map(([name]) => `'${name}'`);
    throw refuse(`no tensors found${nested.length > 0 ? `; key may be ${nested.join(', ')}` : ''}`);
  }
  return Object.fromEntries(tensors);
}
