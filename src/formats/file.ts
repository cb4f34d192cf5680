import { describeValue } from '../describe.js';
import { FormatError } from '../errors.js';

/** A file's bytes, in whatever form they were given. @throws FormatError */
export function fileBytes(where: string, given: unknown): Uint8Array {
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  const got = describeValue(given);
  throw new FormatError(`${where}: expected the bytes of a file (Uint8Array or ArrayBuffer), got ${got}`);
}

/** What a file may unfold to, beside its own size. */
const UNFOLDS = 10;
const ALWAYS_ALLOWED = 1 << 16;

/**
 * Refuses what would take far more memory than the file that asks for it.
 * @throws FormatError
 */
export function checkUnfolded(where: string, bytes: number, file: number): void {
  if (bytes <= Math.max(UNFOLDS * file, ALWAYS_ALLOWED)) return;
  throw new FormatError(
    `${where}: would unfold to ${bytes} bytes, more than ${UNFOLDS} times the file's ${file}; give its parts unpacked`,
  );
}
