import { bell, below, between } from '../shared/random.mjs';

/** Bands of the spectrum. */
export const BANDS = 12;

/** Sounds by their letters, each with the bands that are loudest, as the formants of a voice are. */
const SOUNDS = {
  a: [6, 9],
  e: [4, 10],
  i: [2, 11],
  o: [4, 6],
  u: [2, 5],
  m: [1, 3],
  l: [3, 8],
  s: [10, 11],
};

export const LETTERS = Object.keys(SOUNDS);

/** Frames of each sound: as long as a speaker pleases, gliding from the sound before into this one. */
function frames(from, to, next) {
  const length = 2 + below(next, 5);
  return Array.from({ length }, (_, t) => {
    const along = Math.min(1, (t + 1) / 2);
    return to.map((band, f) => from[f] + along * (band - from[f]));
  });
}

/** The spectrum of a frame: a hill around each formant, on noise. */
function spectrum(formants, loudness, next) {
  return Array.from({ length: BANDS }, (_, band) => {
    const hills = formants.map((at) => Math.max(0, 1 - 0.5 * Math.abs(band - at)));
    return loudness * (hills[0] + 0.8 * hills[1]) + 0.12 * bell(next);
  });
}

/** A word of 2 to 6 sounds: frames [T, BANDS] with silence around, and the numbers of its letters, from 1 on. */
export function utterance(next) {
  const letters = Array.from({ length: 2 + below(next, 5) }, () => below(next, LETTERS.length));
  const shift = between(next, -0.5, 0.5);
  const silence = () => Array.from({ length: below(next, 4) }, () => spectrum([0, 0], 0, next));
  const rows = silence();
  let before = [5, 8];
  letters.forEach((letter, i) => {
    // The same sound twice is heard as two: the voice pauses between.
    if (i > 0 && letters[i - 1] === letter) rows.push(spectrum([0, 0], 0, next));
    const formants = SOUNDS[LETTERS[letter]].map((band) => band + shift);
    const loudness = between(next, 0.7, 1.3);
    rows.push(...frames(before, formants, next).map((at) => spectrum(at, loudness, next)));
    before = formants;
  });
  rows.push(...silence());
  return { rows, label: letters.map((letter) => letter + 1) };
}

/** `count` words: frames padded to the longest, how many frames each has, and their letters. */
export function utterances(count, next) {
  const drawn = Array.from({ length: count }, () => utterance(next));
  const longest = Math.max(...drawn.map(({ rows }) => rows.length));
  const nothing = Array(BANDS).fill(0);
  return {
    x: drawn.map(({ rows }) => Array.from({ length: longest }, (_, t) => rows[t] ?? nothing)),
    labels: drawn.map(({ label }) => label),
    lengths: drawn.map(({ rows }) => rows.length),
  };
}

/** A label as a word. */
export const spelled = (label) => label.map((letter) => LETTERS[letter - 1]).join('');
