import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

/** Writes beside the file and renames, so that it is there in full or not at all. Makes the folder. */
export function writeWhole(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.partial`, content);
  renameSync(`${file}.partial`, file);
}

/** A path as seen from where the command was typed, when that is shorter. */
export function shown(file) {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}
