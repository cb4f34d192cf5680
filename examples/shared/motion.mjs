// What the examples that deploy serve: a small model that tells from a sensor on the body what its bearer does.
import { adam, dense, gru, input, sequential, tensor } from 'recurra';
import { bell, between, uniform } from './random.mjs';

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

const STEPS = 50;

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

/** A trained model, in some seconds: [time, 3] to a probability for each label. */
export async function trainMotion({ series = 600, epochs = 12, seed = 0, verbose = 0 } = {}) {
  const next = uniform(seed);
  const x = new Float32Array(series * STEPS * AXES);
  const y = new Float32Array(series);
  for (let i = 0; i < series; i++) {
    y[i] = i % LABELS.length;
    x.set(drawMotion(y[i], STEPS, next), i * STEPS * AXES);
  }
  const model = sequential(
    [
      input({ shape: [null, AXES] }),
      gru({ units: 16 }),
      dense({ units: LABELS.length, activation: 'softmax' }),
    ],
    { seed, name: 'motion' },
  );
  model.compile({
    optimizer: adam({ learningRate: 0.01, clipNorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const data = tensor(x, [series, STEPS, AXES]);
  const { history } = await model.fit(data, tensor(y, [series]), { epochs, batchSize: 32, verbose });
  return { model, accuracy: history.accuracy.at(-1) };
}
