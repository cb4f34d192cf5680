// Bytes as text in JavaScript; src/wasm/text.ts says how, and reads it.

const ALPHABET = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (character) => !'"$\'<\\`'.includes(character),
);
const PAIRS = 2;
const SINGLES = ALPHABET.length - PAIRS;

/** The text of a byte. */
const TEXTS = Array.from({ length: 256 }, (_, byte) => {
  const value = (byte + 3) & 255;
  if (value < SINGLES) return ALPHABET[value + PAIRS];
  const rest = value - SINGLES;
  return ALPHABET[Math.floor(rest / ALPHABET.length)] + ALPHABET[rest % ALPHABET.length];
});

/** Bytes as text that stands between single quotes. */
export const encodeText = (bytes) => Array.from(bytes, (byte) => TEXTS[byte]).join('');
