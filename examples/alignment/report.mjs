import { BANDS, LETTERS } from './speech.mjs';

const SHADES = ' .:+#';
const shade = (value) =>
  SHADES[Math.min(SHADES.length - 1, Math.max(0, Math.round(value * (SHADES.length - 1))))];

/**
 * A word as text: its spectrum, high bands first, and under each frame the letter that is said there, '-' for the
 * blank.
 *
 * @param probabilities [frames, letters + 1] of this word
 */
export function drawn(rows, probabilities) {
  const classes = LETTERS.length + 1;
  const bands = Array.from({ length: BANDS }, (_, i) => BANDS - 1 - i);
  const spectrum = bands.map((band) => `  ${rows.map((row) => shade(row[band])).join('')}`.trimEnd());
  const said = rows.map((_, t) => {
    const row = probabilities.subarray(t * classes, (t + 1) * classes);
    const best = row.indexOf(Math.max(...row));
    return best === 0 ? '-' : LETTERS[best - 1];
  });
  return [...spectrum, `  ${said.join('')}`].join('\n');
}
