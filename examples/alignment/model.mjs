import { adam, bidirectional, cosineDecay, dense, gru, input, sequential } from 'recurra';
import { BANDS, LETTERS } from './speech.mjs';

const BATCH = 16;
const UNITS = 24;

/** A GRU from each end of the word, and at each frame a probability for each letter and for the blank. */
export function buildModel({ train, epochs, seed }) {
  const model = sequential(
    [
      input({ shape: [null, BANDS] }),
      bidirectional({ layer: gru({ units: UNITS, returnSequences: true }) }),
      dense({ units: LETTERS.length + 1, activation: 'softmax' }),
    ],
    { seed, name: 'alignment' },
  );
  const decaySteps = epochs * Math.ceil(train / BATCH);
  model.compile({
    optimizer: adam({
      learningRate: cosineDecay({ initialLearningRate: 0.01, decaySteps }),
      globalClipNorm: 1,
    }),
    loss: 'ctc',
    metrics: ['labelErrorRate'],
  });
  return model;
}

/** Nobody says which frames a letter has: only the letters and the number of frames are given. */
export async function train(model, { x, labels, lengths }, { epochs }) {
  const { history } = await model.fit(x, labels, { lengths, epochs, batchSize: BATCH });
  return history;
}
