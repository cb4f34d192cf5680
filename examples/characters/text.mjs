import { readFileSync, statSync } from 'node:fs';
import { tensor } from 'recurra';
import { InputProblem } from '../shared/cli.mjs';

/** The text of a file. @throws InputProblem when it cannot be read or is no text */
export function readText(file) {
  try {
    if (statSync(file).isDirectory()) throw new InputProblem(`--file ${file}: that is a folder`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)).replaceAll('\r\n', '\n');
  } catch (error) {
    if (error.code === 'ENOENT') throw new InputProblem(`--file ${file}: there is no such file`);
    if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new InputProblem(`--file ${file}: this is no text in UTF-8`);
    }
    throw error;
  }
}

/** Every character of a text once, in the order of their codes. Ids are positions in this list. */
export function alphabetOf(text) {
  return [...new Set(text)].sort((a, b) => a.codePointAt(0) - b.codePointAt(0));
}

/** Ids of the characters of a text; what the alphabet lacks is left out. */
export function encode(text, alphabet) {
  const ids = new Map(alphabet.map((character, id) => [character, id]));
  return Array.from(text, (character) => ids.get(character)).filter((id) => id !== undefined);
}

/** The first 80 % to learn from, 10 % to know when to stop, 10 % to be judged by. */
export function parts(ids) {
  const [learned, watched] = [0.8, 0.9].map((share) => Math.floor(share * ids.length));
  return { train: ids.slice(0, learned), watch: ids.slice(learned, watched), held: ids.slice(watched) };
}

/** Windows of `steps` ids, one after the other, each with the ids that follow: x [n, steps], y [n, steps, 1]. */
export function windows(ids, steps) {
  const count = Math.floor((ids.length - 1) / steps);
  const x = Float32Array.from(ids.slice(0, count * steps));
  const y = Float32Array.from(ids.slice(1, count * steps + 1));
  return [tensor(x, [count, steps]), tensor(y, [count, steps, 1])];
}
