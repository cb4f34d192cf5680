import { adding } from './adding.mjs';
import { characters } from './characters.mjs';
import { copy } from './copy.mjs';
import { parity } from './parity.mjs';

/** Every task; the last on the text of a file. */
export const tasks = (text) => [adding, copy, parity, characters(text)];
