import { expect, it } from 'vitest';
import { adam, dense, dropout, embedding, gru, input, lstm, sequential, tensor } from '../../src/index.js';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { testRandom } from '../harness/random.js';

/**
 * Weights after the run below, and its predictions then, the same in every engine. Where bits change on purpose
 * the test prints the new digests; they go here, and the change into CHANGELOG.md.
 */
const FINGERPRINT = {
  weights: '8b006079cd3f34331f3d1287f46b12652e18a8318f5a9af8c21032a63cf3f70d',
  predictions: 'd338207548a94a3a96a46861028f741af84047084e426d19d1a400f5f576ee8b',
};

const [SAMPLES, T, V, CLASSES] = [90, 12, 20, 4];

it('a training run ends with the bits of every other engine', async () => {
  const next = testRandom(1);
  const ids = Float32Array.from({ length: SAMPLES * T }, () => Math.floor(V * next()));
  const labels = Float32Array.from({ length: SAMPLES }, (_, s) => ids[s * T + 3] % CLASSES);
  const [x, y] = [tensor(ids, [SAMPLES, T]), tensor(labels, [SAMPLES])];
  const model = sequential(
    [
      input({ shape: [T] }),
      embedding({ inputDim: V, outputDim: 9 }),
      lstm({ units: 18, returnSequences: true, dropout: 0.1 }),
      gru({ units: 13, recurrentDropout: 0.2 }),
      dropout({ rate: 0.3 }),
      dense({ units: 11, activation: 'gelu' }),
      dense({ units: CLASSES, activation: 'softmax' }),
    ],
    { seed: 42 },
  );
  model.compile({
    optimizer: adam({ learningRate: 0.02, globalClipNorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
  });
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 16, verbose: 0 });
  expect(history.loss[2]).toBeLessThan(history.loss[0]);
  const { data } = model.predict(x);
  expect({ weights: model.fingerprint(), predictions: sha256Hex(data) }).toEqual(FINGERPRINT);
});
