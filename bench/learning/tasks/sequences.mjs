/** Tokens in front of what is written, and behind it. 0 is padding. */
export const [START, STOP] = [1, 2];

const [FIRST, SYMBOLS] = [3, 10];

/** Number of tokens in all. */
export const VOCABULARY = FIRST + SYMBOLS;

/** A sequence of 5 to 20 symbols. */
function draw(next) {
  const length = 5 + Math.floor(16 * next());
  return Array.from({ length }, () => FIRST + Math.floor(SYMBOLS * next()));
}

/** What a sequence is to become. */
export const SEQUENCE_TASKS = [
  { name: 'reverse', draw, answer: (list) => [...list].reverse() },
  { name: 'sort', draw, answer: (list) => [...list].sort((a, b) => a - b) },
];
