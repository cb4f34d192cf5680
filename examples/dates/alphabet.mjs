/** Ids that are no characters: padding, in front of what is written, behind it, and what has never been seen. */
export const [PADDING, START, STOP, UNKNOWN] = [0, 1, 2, 3];

const FIRST = 4;

/** The characters of texts, each once. */
export function alphabetOf(texts) {
  return [...new Set(texts.join(''))].sort();
}

/** Number of ids for an alphabet. */
export const sizeOf = (alphabet) => FIRST + alphabet.length;

/** A text as ids. */
export function encode(text, alphabet) {
  return Array.from(text, (character) => {
    const at = alphabet.indexOf(character);
    return at < 0 ? UNKNOWN : FIRST + at;
  });
}

/** Ids as a text. */
export const decode = (ids, alphabet) => ids.map((id) => alphabet[id - FIRST] ?? '?').join('');
