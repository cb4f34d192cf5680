// A GRU that gives a hop of clean sound for each window of noisy sound.
import { adam, dense, gru, input, sequential, tensor } from 'recurra';
import { drawSignal, HOP, WINDOW } from './signal.mjs';

/** Steps of a training sequence. */
const STEPS = 50;

/** Frames [steps, WINDOW] of a signal, zeros before its beginning; the last HOP of each are new. */
export function framesOf(signal, steps) {
  const frames = new Float32Array(steps * WINDOW);
  for (let k = 0; k < steps; k++) {
    for (let i = 0; i < WINDOW; i++) frames[k * WINDOW + i] = signal[(k + 1) * HOP - WINDOW + i] ?? 0;
  }
  return frames;
}

/** A trained model, in some seconds. */
export async function trainDenoiser({ series = 256, epochs = 25, seed = 0, verbose = 2 } = {}) {
  const x = new Float32Array(series * STEPS * WINDOW);
  const y = new Float32Array(series * STEPS * HOP);
  for (let i = 0; i < series; i++) {
    const { clean, noisy } = drawSignal(STEPS * HOP, 1000 + seed + i);
    x.set(framesOf(noisy, STEPS), i * STEPS * WINDOW);
    y.set(clean, i * STEPS * HOP);
  }
  const model = sequential(
    [input({ shape: [null, WINDOW] }), gru({ units: 64, returnSequences: true }), dense({ units: HOP })],
    { seed, name: 'denoiser' },
  );
  model.compile({ optimizer: adam({ learningRate: 0.004, clipNorm: 1 }), loss: 'meanSquaredError' });
  await model.fit(tensor(x, [series, STEPS, WINDOW]), tensor(y, [series, STEPS, HOP]), {
    epochs,
    batchSize: 16,
    verbose,
  });
  return model;
}
