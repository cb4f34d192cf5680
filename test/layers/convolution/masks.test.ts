import { describe, expect, it } from 'vitest';
import {
  averagePooling1d,
  conv1d,
  conv1dTranspose,
  dense,
  depthwiseConv1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  gru,
  input,
  type Layer,
  lastStep,
  type Model,
  masking,
  maxPooling1d,
  separableConv1d,
  sequential,
  sgd,
  tcn,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Gradients of a padded sequence against those of the bare one: sums in another order. Measured: 0. */
const MAX_DIFFERENCE = 1e-6;

const PADDED = 9;
const LENGTHS = [1, 3, 4, 7, 9];

function build(...layers: Layer[]): Model {
  const front = dense({ units: 3, activation: 'tanh' });
  const net = sequential([input({ shape: [null, 2] }), masking({ maskValue: -5 }), front, ...layers]);
  giveWeights(net as Model, 3);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

/** A sequence of some steps, and the same with steps behind that do not count. */
function sequences(length: number) {
  const bare = testData(length, length * 2);
  const padded = new Float32Array(PADDED * 2).fill(-5);
  padded.set(bare);
  return { bare: tensor(bare, [1, length, 2]), padded: tensor(padded, [1, PADDED, 2]) };
}

const layers: [string, () => Layer][] = [
  ['conv1d', () => conv1d({ filters: 4, kernelSize: 3, padding: 'causal' })],
  ['conv1d that looks ahead', () => conv1d({ filters: 4, kernelSize: 4, padding: 'same', dilationRate: 2 })],
  ['depthwiseConv1d', () => depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' })],
  ['separableConv1d', () => separableConv1d({ filters: 4, kernelSize: 2, padding: 'causal' })],
  ['tcn', () => tcn({ filters: 4, dilations: [1, 2], activation: 'tanh', returnSequences: true })],
];

const ends: [string, () => Layer][] = [
  ['globalAveragePooling1d', () => globalAveragePooling1d()],
  ['globalMaxPooling1d', () => globalMaxPooling1d({ keepdims: true })],
  ['lastStep', () => lastStep()],
  ['gru', () => gru({ units: 3 })],
];

describe.each(layers)('%s', (_name, make) => {
  it.each(ends)('before %s: a padded sequence gives the bits and gradients of the bare one', (_end, end) => {
    const net = build(make(), end());
    for (const length of LENGTHS) {
      const { bare, padded } = sequences(length);
      const y = net.predict(bare);
      expect(bitsOf(net.predict(padded).data), `${length} steps`).toEqual(bitsOf(y.data));
      const target = tensor(testData(4, y.data.length), y.shape);
      const [a, b] = [padded, bare].map((x) => kernelGradients(net, x, target).gradients);
      for (const name of Object.keys(b)) {
        expect(scaledDifference(a[name], b[name]), `${name}, ${length} steps`).toBeLessThan(MAX_DIFFERENCE);
      }
    }
  });

  it('gives each sample of a batch of unequal lengths its own bits', () => {
    const net = build(make(), globalAveragePooling1d());
    const parts = LENGTHS.map(sequences);
    const all = new Float32Array(parts.flatMap(({ padded }) => [...padded.data]));
    const together = net.predict(tensor(all, [parts.length, PADDED, 2])).data;
    const alone = parts.flatMap(({ bare }) => [...net.predict(bare).data]);
    expect(bitsOf(together)).toEqual(bitsOf(Float32Array.from(alone)));
  });
});

describe('streams', () => {
  it.each(layers.filter(([name]) => name !== 'conv1d that looks ahead' && name !== 'depthwiseConv1d'))(
    '%s takes a frame that does not count for zeros, as in the whole sequence',
    (_name, make) => {
      const net = build(make());
      const x = testData(6, 8 * 2);
      x.fill(-5, 6, 10);
      const whole = net.predict(tensor(x, [1, 8, 2])).data;
      const stream = net.stream();
      for (let t = 0; t < 8; t++) {
        const y = stream.step(x.subarray(2 * t, 2 * t + 2));
        expect(bitsOf(y), `step ${t}`).toEqual(bitsOf(whole.subarray(y.length * t, y.length * (t + 1))));
      }
    },
  );
});

describe('what has no rule', () => {
  it.each([
    ['conv1d', conv1d({ filters: 2, kernelSize: 2 })],
    ['conv1d', conv1d({ filters: 2, kernelSize: 2, strides: 2, padding: 'causal' })],
    ['conv1dTranspose', conv1dTranspose({ filters: 2, kernelSize: 2 })],
    ['maxPooling1d', maxPooling1d()],
    ['averagePooling1d', averagePooling1d()],
    ['tcn', tcn({ filters: 2 })],
  ])('%s refuses a mask', (name, layer) => {
    expect(() => build(layer)).toThrow(`${name}: cannot take a mask`);
  });
});
