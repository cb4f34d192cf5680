import { StateError } from '../../errors.js';

/**
 * Writes a file so that at any moment the old or the new one is there in full: into a file beside it, which
 * then takes its place. Makes the folders on the way.
 *
 * @throws StateError where there is no file system
 */
export async function writeFileAtomically(bytes: Uint8Array, path: string, where: string): Promise<void> {
  const fs = await fileSystem(where);
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/'), path.lastIndexOf('\\')));
  if (folder !== '') await fs.mkdir(folder, { recursive: true });
  const beside = `${path}.${process.pid}.partial`;
  try {
    const file = await fs.open(beside, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(beside, path);
  } catch (error) {
    await fs.rm(beside, { force: true });
    throw error;
  }
}

async function fileSystem(where: string): Promise<typeof import('node:fs/promises')> {
  // Named by a variable, so that bundlers for the browser do not look for it.
  const name = 'node:fs/promises';
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch {
    throw new StateError(`${where}: there is no file system here; give write: (bytes, name) => ...`);
  }
}
