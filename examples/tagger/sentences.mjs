import { below } from '../shared/random.mjs';

/** Tags in the usual form: B begins a name, I goes on with it, O is outside of names. */
export const TAGS = ['O', 'B-person', 'I-person', 'B-place', 'I-place'];

const [OUTSIDE, PERSON, PLACE] = [0, 1, 3];

/** Words by what they are for. Those of names stand in names of both kinds; signs tell the kind. */
const WORDS = {
  outside: ['met', 'saw', 'left', 'in', 'with', 'from', 'and', 'near', 'the', 'today', 'again', 'for'],
  titles: ['mr', 'dr', 'saint', 'junior', 'lady'],
  sites: ['mount', 'lake', 'saint', 'city', 'bay'],
  names: ['rose', 'may', 'will', 'young', 'york', 'victoria', 'washington', 'lincoln', 'jordan', 'chad'],
};

/** The vocabulary; its position plus 1 is a word's number, 0 is padding. */
export const VOCABULARY = [...new Set(Object.values(WORDS).flat())];

const pick = (list, next) => list[below(next, list.length)];

/** A name of two to five words, one of which, anywhere in it, is a sign of its kind. */
function name(kind, next) {
  const length = 2 + below(next, 4);
  const words = Array.from({ length }, () => pick(WORDS.names, next));
  words[below(next, length)] = pick(kind === PERSON ? WORDS.titles : WORDS.sites, next);
  return words.map((word, i) => ({ word, tag: kind + (i === 0 ? 0 : 1) }));
}

/** A sentence of 6 to 19 words, and the tag of each. */
export function sentence(next) {
  const length = 6 + below(next, 10);
  const tokens = [];
  while (tokens.length < length) {
    tokens.push({ word: pick(WORDS.outside, next), tag: OUTSIDE });
    if (next() < 0.6) tokens.push(...name(next() < 0.5 ? PERSON : PLACE, next));
  }
  return tokens;
}

/** `count` sentences as numbers of words and of tags, padded with 0 to the longest. */
export function sentences(count, next) {
  const drawn = Array.from({ length: count }, () => sentence(next));
  const longest = Math.max(...drawn.map((tokens) => tokens.length));
  const filled = (value) =>
    drawn.map((tokens) =>
      Array.from({ length: longest }, (_, i) => (i < tokens.length ? value(tokens[i]) : 0)),
    );
  return {
    drawn,
    words: filled(({ word }) => 1 + VOCABULARY.indexOf(word)),
    tags: filled(({ tag }) => tag),
  };
}

/** Whether a tag may follow another: I only B or I of its kind; null stands for the start. */
export function mayFollow(tag, before) {
  if (!TAGS[tag].startsWith('I-')) return true;
  return before !== null && before !== OUTSIDE && TAGS[before].slice(2) === TAGS[tag].slice(2);
}
