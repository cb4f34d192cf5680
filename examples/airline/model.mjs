import { readFileSync } from 'node:fs';
import { adam, cosineDecay, dense, input, load, lstm, sequential } from 'recurra';

// Chosen by forecasts of 1954 to 1958 from the years before each: the figures held out had no say.
export const UNITS = 16;
const BATCH = 8;
const LEARNING_RATE = 0.003;

/** An LSTM that reads a window and gives all steps of the forecast at once. */
export function buildModel({ steps, inputs }, { horizon, epochs, seed }) {
  const model = sequential(
    [input({ shape: [steps, 1] }), lstm({ units: UNITS }), dense({ units: horizon })],
    { seed, name: 'forecast' },
  );
  const decaySteps = epochs * Math.ceil(inputs.shape[0] / BATCH);
  const learningRate = cosineDecay({ initialLearningRate: LEARNING_RATE, decaySteps });
  model.compile({ optimizer: adam({ learningRate, clipNorm: 1 }), loss: 'meanSquaredError' });
  return model;
}

/** Trains with the progress bar that `fit` draws; gives the loss of each epoch. */
export async function train(model, { inputs, targets }, { epochs }) {
  const { history } = await model.fit(inputs, targets, { epochs, batchSize: BATCH });
  return history.loss;
}

/**
 * Loads a saved model and compares it with the one that was saved.
 *
 * @throws Error when the fingerprints or the bits of the outputs differ
 */
export function compareWithSaved(model, file, { latest }) {
  const bytes = readFileSync(file);
  const loaded = load(bytes);
  const bits = (one) => new Uint32Array(one.predict(latest).data.buffer);
  const expected = bits(model);
  const got = bits(loaded);
  const same = expected.filter((word, i) => word === got[i]).length;
  const fingerprint = model.fingerprint();
  if (same !== expected.length || loaded.fingerprint() !== fingerprint) {
    throw new Error(`the loaded model differs: ${same} of ${expected.length} outputs have the same bits`);
  }
  return { bytes: bytes.length, same, fingerprint };
}
