import { tensor } from 'recurra';
import { bell, below, between } from '../shared/random.mjs';

/** Systems that step by a polynomial, each with a parameter drawn for every series; all four are chaotic. */
export const SYSTEMS = [
  {
    name: 'logistic',
    draw: (next) => between(next, 3.8, 3.95),
    step: (r, [x]) => [r * x * (1 - x)],
    start: (next) => [between(next, 0.2, 0.8)],
  },
  {
    name: 'cubic',
    draw: (next) => between(next, 2.45, 2.59),
    step: (a, [x]) => [a * x * (1 - x * x)],
    start: (next) => [between(next, 0.2, 0.8)],
  },
  {
    name: 'Hénon',
    draw: (next) => between(next, 1.3, 1.4),
    step: (a, [x, y]) => [1 - a * x * x + y, 0.3 * x],
    start: (next) => [between(next, -0.1, 0.1), between(next, -0.1, 0.1)],
  },
  {
    name: 'Duffing',
    draw: (next) => between(next, 2.65, 2.75),
    step: (a, [x, y]) => [y, -0.2 * x + a * y - y * y * y],
    start: (next) => [between(next, 0.2, 0.6), between(next, 0.2, 0.6)],
  },
];

/** Steps left out so that a series begins anywhere. */
const SETTLING = 50;

/** A series as an observer sees it: noisy, from an unknown moment on, brought to mean 0 and variance 1. */
function observe({ draw, step, start }, length, noise, next) {
  const parameter = draw(next);
  let state = start(next);
  for (let t = 0; t < SETTLING; t++) state = step(parameter, state);
  const seen = [];
  for (let t = 0; t < length; t++) {
    seen.push(state[0]);
    state = step(parameter, state);
  }
  const mean = seen.reduce((sum, value) => sum + value, 0) / length;
  const spread = Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / length);
  return seen.map((value) => (value - mean) / spread + noise * bell(next));
}

/**
 * `count` series of lengths from `shortest` to `longest`, one behind the other in `x` [count, longest, 1] with zeros
 * after their end, their lengths [count], and which system made them [count].
 */
export function drawSeries(count, { shortest, longest, noise }, next) {
  const x = new Float32Array(count * longest);
  const lengths = new Array(count);
  const labels = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    lengths[i] = shortest + below(next, longest - shortest + 1);
    labels[i] = below(next, SYSTEMS.length);
    x.set(observe(SYSTEMS[labels[i]], lengths[i], noise, next), i * longest);
  }
  return { x: tensor(x, [count, longest, 1]), lengths, labels };
}
