import { sizeOf } from '../../shape.js';
import { type TensorLike, tensorOf } from '../../tensor.js';
import { writeZip } from '../zip.js';

const letters = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

const word = (value: number): number[] =>
  [value, value >>> 8, value >>> 16, value >>> 24].map((v) => v & 255);

/** Opcodes of pickle's protocol 2, as in Python's pickletools. */
const OP = {
  protocol2: [0x80, 2],
  mark: letters('('),
  tuple: letters('t'),
  emptyTuple: letters(')'),
  call: letters('R'),
  setItems: letters('u'),
  persistent: letters('Q'),
  no: [0x89],
  stop: letters('.'),
} as const;

const named = (module: string, name: string): number[] => letters(`c${module}\n${name}\n`);

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...letters('X'), ...word(bytes.length), ...bytes];
}

const whole = (value: number): number[] => [...letters('J'), ...word(value)];

const tuple = (...parts: number[][]): number[] => [...OP.mark, ...parts.flat(), ...OP.tuple];

/** An empty dictionary that keeps its order. */
const DICTIONARY = [...named('collections', 'OrderedDict'), ...OP.emptyTuple, ...OP.call];

/** `_rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks)` of a storage of its own. */
function rebuilt(key: string, shape: readonly number[]): number[] {
  const count = sizeOf(shape);
  const id = tuple(text('storage'), named('torch', 'FloatStorage'), text(key), text('cpu'), whole(count));
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const args = tuple(
    [...id, ...OP.persistent],
    whole(0),
    tuple(...shape.map(whole)),
    tuple(...strides.map(whole)),
    [...OP.no],
    DICTIONARY,
  );
  return [...named('torch._utils', '_rebuild_tensor_v2'), ...args, ...OP.call];
}

/**
 * Writes a state dict as `torch.save` does: a zip archive of a pickle and one storage for each tensor.
 * `torch.load` reads it, with `weights_only=True` as well.
 *
 * @param tensors by their names in the state dict, in its order
 * @throws ShapeError or ValueError for what is no tensor
 */
export function writeTorch(tensors: Readonly<Record<string, TensorLike>>): Uint8Array {
  const pickle: number[] = [...OP.protocol2, ...DICTIONARY, ...OP.mark];
  const storages: [string, Uint8Array][] = Object.entries(tensors).map(([name, given], i) => {
    const { data, shape } = tensorOf(`writeTorch: ${name}`, given);
    for (const byte of [...text(name), ...rebuilt(String(i), shape)]) pickle.push(byte);
    return [`archive/data/${i}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
  });
  pickle.push(...OP.setItems, ...OP.stop);
  return writeZip({
    'archive/data.pkl': Uint8Array.from(pickle),
    'archive/byteorder': Uint8Array.from(letters('little')),
    ...Object.fromEntries(storages),
    'archive/version': Uint8Array.from(letters('3\n')),
  });
}
