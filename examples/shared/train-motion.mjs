// What the examples that deploy serve: a small model that tells from a sensor on the body what its bearer does.
import { adam, dense, gru, input, sequential, tensor } from 'recurra';
import { AXES, drawMotion, LABELS } from './motion.mjs';
import { uniform } from './random.mjs';

const STEPS = 50;

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
