import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FormatError } from '../errors.js';
import { writeFileAtomically } from '../training/callbacks/write-file.js';
import type { Source, Written } from './formats/format.js';

/** Bytes of a file at most: an array can hold no more. */
const MOST = 2 ** 32;

function bytesOf(path: string): Uint8Array {
  let size: number;
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new FormatError(`'${path}' is no file`);
    size = found.size;
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`'${path}' cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
  if (size >= MOST) throw new FormatError(`'${path}' has ${size} bytes, less than ${MOST} are read`);
  return readFileSync(path);
}

/** A file with what lies beside it. @throws FormatError when it cannot be read */
export function openSource(path: string): Source {
  return {
    path,
    bytes: bytesOf(path),
    beside(name) {
      if (basename(name) !== name || name === '..') {
        throw new FormatError(`${path}: names a file '${name}' outside its folder`);
      }
      return bytesOf(join(dirname(path), name));
    },
  };
}

/** What is about to be written, as if it were read again. */
export function writtenSource(path: string, files: Written): Source {
  const [[, bytes]] = files;
  return {
    path,
    bytes,
    beside(name) {
      const found = files.get(name);
      if (found === undefined) throw new FormatError(`${path}: names '${name}', which was not written`);
      return found;
    },
  };
}

/** Writes files side by side, the one that names the others last: each aside first, then in its place. */
export async function writeFiles(path: string, files: Written): Promise<void> {
  const [first, ...others] = files;
  for (const [name, bytes] of others) await writeFileAtomically(bytes, join(dirname(path), name), 'convert');
  await writeFileAtomically(first[1], path, 'convert');
}
