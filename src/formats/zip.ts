import { unzipSync, zipSync } from 'fflate';
import { FormatError } from '../errors.js';
import { checkUnfolded } from './file.js';

/**
 * The files of a zip archive by name; folders are left out.
 * @throws FormatError when it is no archive, is damaged, names a file twice, or would unfold beyond measure
 */
export function readZip(where: string, bytes: Uint8Array): Map<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let unfolded = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (sizes.has(name)) throw new FormatError(`${where}: '${name}' is in the archive twice`);
        sizes.set(name, originalSize);
        unfolded += originalSize;
        checkUnfolded(where, unfolded, bytes.length);
        return !name.endsWith('/');
      },
    });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${where}: these ${bytes.length} bytes are no zip archive, or a damaged one`);
  }
  for (const [name, { length }] of Object.entries(files)) {
    if (length === sizes.get(name)) continue;
    throw new FormatError(`${where}: '${name}' has ${length} bytes, ${sizes.get(name)} are listed`);
  }
  return new Map(Object.entries(files));
}

/** Names of the files of a zip archive, none of which is unpacked; none where it is no archive, or a damaged one. */
export function zipNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  try {
    unzipSync(bytes, {
      filter({ name }) {
        names.push(name);
        return false;
      },
    });
  } catch {
    return [];
  }
  return names;
}

/** Files as a zip archive, without compression: weights do not shrink. */
export function writeZip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  // A fixed date, so that the same files give the same bytes.
  return zipSync({ ...files }, { level: 0, mtime: '1980-01-01T00:00:00' });
}
