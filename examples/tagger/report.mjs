import { mayFollow, TAGS } from './sentences.mjs';

/** Shares of words and of whole sentences that are tagged rightly, and sentences whose tags break the rules. */
export function score(given, { drawn }) {
  let words = 0;
  let right = 0;
  let whole = 0;
  let broken = 0;
  drawn.forEach((tokens, s) => {
    const hits = tokens.filter(({ tag }, t) => tag === given[s][t]).length;
    words += tokens.length;
    right += hits;
    if (hits === tokens.length) whole++;
    if (!given[s].every((tag, t) => mayFollow(tag, t === 0 ? null : given[s][t - 1]))) broken++;
  });
  return { words: right / words, sentences: whole / drawn.length, broken };
}

/** One sentence, its tags as they are and as each model gives them. */
export function sideBySide(tokens, columns) {
  const width = 10;
  const cell = (text) => text.padEnd(width);
  const head = ['word', 'tag', ...Object.keys(columns)].map(cell).join('  ');
  const rows = tokens.map(({ word, tag }, t) =>
    [word, TAGS[tag], ...Object.values(columns).map((tags) => TAGS[tags[t]])].map(cell).join('  ').trimEnd(),
  );
  return [head.trimEnd(), ...rows].join('\n');
}
