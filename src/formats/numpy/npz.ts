import { ValueError } from '../../errors.js';
import type { Tensor, TensorLike } from '../../tensor.js';
import { fileBytes } from '../file.js';
import { readZip, writeZip } from '../zip.js';
import { readArray, writeNpy } from './npy.js';

const SUFFIX = '.npy';

/**
 * Reads the arrays of a file that `numpy.savez` or `numpy.savez_compressed` wrote, by name.
 * @throws FormatError also for an archive that would unfold to more than ten times its size
 */
export function readNpz(bytes: Uint8Array | ArrayBuffer): Record<string, Tensor> {
  const files = readZip('readNpz', fileBytes('readNpz', bytes));
  const arrays: [string, Tensor][] = [...files].map(([name, file]) => [
    name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name,
    readArray(`readNpz: ${name}`, file),
  ]);
  return Object.fromEntries(arrays);
}

/**
 * Writes arrays by name as `numpy.load` reads them.
 * @throws ValueError for a name that no file in an archive can have; ShapeError
 */
export function writeNpz(arrays: Readonly<Record<string, TensorLike>>): Uint8Array {
  const files: [string, Uint8Array][] = Object.entries(arrays).map(([name, array]) => {
    if (name === '' || name.startsWith('/') || name.split('/').includes('..')) {
      throw new ValueError(`writeNpz: '${name}' cannot be the name of an array`);
    }
    return [name + SUFFIX, writeNpy(array)];
  });
  return writeZip(Object.fromEntries(files));
}
