import { adam, concatenate, cosineDecay, dense, gru, input, model } from 'recurra';
import { ATTRIBUTES, HOURS } from './households.mjs';

const BATCH = 32;
const LEARNING_RATE = 0.004;

/**
 * Two inputs, two outputs. A GRU reads the series; with `attributes` a dense layer reads the attributes beside it.
 * What both make of it goes through one layer that is shared, then to the load and to the chance of a peak.
 */
export function buildModel({ train, epochs, seed }, { attributes }) {
  const series = input({ shape: [HOURS, 2], name: 'series' });
  const facts = input({ shape: [ATTRIBUTES.length], name: 'attributes' });
  const read = gru({ units: 24 }).apply(series);
  const known = dense({ units: 12, activation: 'relu' }).apply(facts);
  const all = attributes ? concatenate().apply([read, known]) : read;
  const shared = dense({ units: 24, activation: 'relu' }).apply(all);
  const net = model({
    inputs: attributes ? [series, facts] : series,
    outputs: [
      dense({ units: 1, name: 'load' }).apply(shared),
      dense({ units: 1, activation: 'sigmoid', name: 'exceeds' }).apply(shared),
    ],
    seed,
    name: attributes ? 'both' : 'series',
  });
  const decaySteps = epochs * Math.ceil(train / BATCH);
  const learningRate = cosineDecay({ initialLearningRate: LEARNING_RATE, decaySteps });
  net.compile({
    optimizer: adam({ learningRate, globalClipNorm: 1 }),
    loss: { load: 'meanSquaredError', exceeds: 'binaryCrossentropy' },
    lossWeights: { load: 1, exceeds: 0.2 },
    metrics: { load: ['meanAbsoluteError'], exceeds: ['accuracy'] },
  });
  return net;
}

export async function train(net, inputs, targets, { epochs }) {
  const { history } = await net.fit(inputs, targets, { epochs, batchSize: BATCH });
  return history;
}
