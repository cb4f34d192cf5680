import { adam, bidirectional, cosineDecay, dense, gru, input, sequential, tensor } from 'recurra';
import { SYSTEMS } from './systems.mjs';

const BATCH = 32;
const UNITS = 24;
const LEARNING_RATE = 0.006;

/** A GRU from each end of a series of any length, and a softmax over the systems. */
export function buildModel({ train, epochs, seed }) {
  const model = sequential(
    [
      input({ shape: [null, 1] }),
      bidirectional({ layer: gru({ units: UNITS }) }),
      dense({ units: SYSTEMS.length, activation: 'softmax' }),
    ],
    { seed, name: 'irregular' },
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

/** `lengths` says how many steps of each series count: what comes after does not reach the model. */
export async function train(model, { x, lengths, labels }, { epochs }) {
  const y = tensor(labels, [labels.length, 1]);
  const { history } = await model.fit(x, y, { lengths, epochs, batchSize: BATCH });
  return history;
}
