import { adam, dense, earlyStopping, embedding, gru, input, sequential } from 'recurra';
import { windows } from './text.mjs';

const BATCH = 16;
const LEARNING_RATE = 0.004;

/** Which character comes next, after every character: embedding, GRU, softmax over the alphabet. */
export function buildModel(alphabet, { units, seed }) {
  const model = sequential(
    [
      input({ shape: [null] }),
      embedding({ inputDim: alphabet.length, outputDim: 32 }),
      gru({ units, returnSequences: true }),
      dense({ units: alphabet.length, activation: 'softmax' }),
    ],
    { seed, name: 'characters' },
  );
  const optimizer = adam({ learningRate: LEARNING_RATE, globalClipNorm: 1 });
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' });
  return model;
}

/** Trains until the part that is watched gets worse twice in a row, and keeps the best weights. */
export async function train(model, { train, watch }, { epochs, steps }) {
  const [x, y] = windows(train, steps);
  const { history } = await model.fit(x, y, {
    epochs,
    batchSize: BATCH,
    validationData: windows(watch, steps),
    callbacks: [earlyStopping({ monitor: 'valLoss', patience: 2, restoreBestWeights: true })],
  });
  return history;
}
