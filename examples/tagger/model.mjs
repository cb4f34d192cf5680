import { adam, bidirectional, cosineDecay, crf, dense, embedding, input, lstm, sequential } from 'recurra';
import { TAGS, VOCABULARY } from './sentences.mjs';

const BATCH = 16;
const UNITS = 16;

/** An LSTM from each end of the sentence; above it a conditional random field, or a softmax for each word alone. */
export function buildModel(kind, { train, epochs, seed }) {
  const last = {
    crf: crf({ units: TAGS.length }),
    softmax: dense({ units: TAGS.length, activation: 'softmax' }),
  };
  const model = sequential(
    [
      input({ shape: [null] }),
      embedding({ inputDim: VOCABULARY.length + 1, outputDim: 16, maskZero: true }),
      bidirectional({ layer: lstm({ units: UNITS, returnSequences: true }) }),
      last[kind],
    ],
    { seed, name: kind },
  );
  const decaySteps = epochs * Math.ceil(train / BATCH);
  model.compile({
    optimizer: adam({
      learningRate: cosineDecay({ initialLearningRate: 0.02, decaySteps }),
      globalClipNorm: 1,
    }),
    loss: kind === 'crf' ? 'crf' : 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

export async function train(model, { words, tags }, { epochs, verbose = 1 }) {
  const { history } = await model.fit(words, tags, { epochs, batchSize: BATCH, verbose });
  return history;
}

/** Numbers of the tags that a model gives to the words of each sentence: the largest column of each step. */
export function tagsOf(model, { words, drawn }) {
  const { data, shape } = model.predict(words);
  const [, T, N] = shape;
  return drawn.map((tokens, s) =>
    tokens.map((_, t) => {
      const row = data.subarray((s * T + t) * N, (s * T + t + 1) * N);
      return row.indexOf(Math.max(...row));
    }),
  );
}
