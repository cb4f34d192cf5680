// What the model of the examples that deploy is about: a sensor on the body, and what its bearer does.
import { bell, between } from './random.mjs';

/** What can be told, in the order of the outputs. */
export const LABELS = ['still', 'walking', 'running'];

/** Numbers of a frame: acceleration along three axes, in units of gravity. */
export const AXES = 3;

/** Frames between two steps of the bearer, and how hard he treads. */
const GAITS = [
  { period: [20, 30], force: [0, 0.03] },
  { period: [11, 15], force: [0.25, 0.45] },
  { period: [6, 9], force: [0.8, 1.3] },
];

/** A wave of period 1 made of two parabolas, near to a sine and the same in every engine. */
function wave(phase) {
  const p = 2 * (phase - Math.floor(phase)) - 1;
  return 4 * p * (1 - Math.abs(p));
}

/** Frames [steps, 3] of one gait, as a flat array. */
export function drawMotion(label, steps, next) {
  const { period, force } = GAITS[label];
  const [length, tread, start] = [between(next, ...period), between(next, ...force), next()];
  const frames = new Float32Array(steps * AXES);
  for (let t = 0; t < steps; t++) {
    const phase = start + t / length;
    frames[AXES * t] = 0.4 * tread * wave(phase / 2) + 0.05 * bell(next);
    frames[AXES * t + 1] = 0.3 * tread * wave(phase + 0.25) + 0.05 * bell(next);
    frames[AXES * t + 2] = 1 + tread * wave(phase) + 0.05 * bell(next);
  }
  return frames;
}
