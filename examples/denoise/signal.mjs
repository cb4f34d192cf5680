// Plucked notes and noise over them, from a seed, with the same bits in every engine.
import { bell, below, between, uniform } from '../shared/random.mjs';

export const RATE = 16_000;

/** Samples of a step of the model. */
export const HOP = 32;

/** Samples that it looks at. */
export const WINDOW = 64;

/** Notes in cycles a second: a scale of five tones. */
const NOTES = [131, 147, 165, 196, 220, 262, 294, 330, 392, 440];

/** A wave of period 1 made of two parabolas, near to a sine. */
function wave(phase) {
  const p = 2 * (phase - Math.floor(phase)) - 1;
  return 4 * p * (1 - Math.abs(p));
}

/** A note of three partials that fades by the same share each sample. */
function pluck(out, from, length, next) {
  const step = NOTES[below(next, NOTES.length)] / RATE;
  const [start, fade] = [next(), 1 - between(next, 0.5, 3) / RATE];
  let loud = between(next, 0.3, 0.6);
  for (let i = 0; i < length; i++) {
    const phase = start + i * step;
    out[from + i] = loud * (wave(phase) + 0.4 * wave(2 * phase) + 0.2 * wave(3 * phase));
    loud *= fade;
  }
}

/** `{ clean, noisy }`, so many samples each. */
export function drawSignal(samples, seed) {
  const next = uniform(seed);
  const clean = new Float32Array(samples);
  for (let at = 0; at < samples; ) {
    const length = Math.min(samples - at, 1000 + below(next, 4000));
    pluck(clean, at, length, next);
    at += length;
  }
  const loud = between(next, 0.08, 0.2);
  return { clean, noisy: clean.map((v) => v + loud * bell(next)) };
}

/** Decibels by which the sound stands above what differs from it, `late` samples later. */
export function clearness(clean, heard, late = 0) {
  let [sound, error] = [0, 0];
  for (let i = late; i < heard.length; i++) {
    sound += clean[i - late] ** 2;
    error += (heard[i] - clean[i - late]) ** 2;
  }
  return 10 * Math.log10(sound / error);
}
