import { adam, cosineDecay, dense, input, lstm, sequential, tensor } from 'recurra';
import { SIZE } from './glyphs.mjs';

const BATCH = 32;
const UNITS = 48;
const LEARNING_RATE = 0.005;

/** Reads an image row by row, from the top: one row of pixels is one time step. */
export function buildModel({ train, epochs, seed }) {
  const model = sequential(
    [input({ shape: [SIZE, SIZE] }), lstm({ units: UNITS }), dense({ units: 10, activation: 'softmax' })],
    { seed, name: 'digits' },
  );
  const decaySteps = epochs * Math.ceil(train / BATCH);
  const learningRate = cosineDecay({ initialLearningRate: LEARNING_RATE, decaySteps });
  model.compile({
    optimizer: adam({ learningRate, globalClipNorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Images and digits in the shapes that the model takes. */
export function samples({ x, labels }) {
  return [tensor(x, [labels.length, SIZE, SIZE]), tensor(labels, [labels.length, 1])];
}

export async function train(model, data, { epochs }) {
  const { history } = await model.fit(...samples(data), { epochs, batchSize: BATCH });
  return history;
}
