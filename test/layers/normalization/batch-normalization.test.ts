import { describe, expect, it } from 'vitest';
import {
  batchNormalization,
  dense,
  input,
  load,
  type Model,
  sequential,
  sgd,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';
import { REFERENCE_LAYERS } from '../../harness/reference/layers.js';
import { finiteDifferences, type Value, type Weights, weightsOf } from '../../harness/reference/network.js';
import { batchNormalizationInTraining } from '../../harness/reference/normalization.js';

/**
 * Loss and gradients in training against f64, over the largest value. Measured: 1.1e-5, of the bias in front of
 * the layer, whose gradient is a sum that comes to nothing.
 */
const MAX_DIFFERENCE = 4e-5;
/** Moving statistics against f64. Measured: 9.1e-8. */
const MOVING_DIFFERENCE = 3e-7;

const [N, T] = [4, 5];

function make(C: number, options = {}): Model {
  const net = sequential([
    input({ shape: [T, 3] }),
    dense({ units: C, activation: 'tanh', name: 'before' }),
    batchNormalization({ name: 'norm', ...options }),
    dense({ units: 2, name: 'after' }),
  ]);
  giveWeights(net as Model, C);
  net.setWeights({ 'norm.movingVariance': testData(9, C, 0.4, 2) });
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

const part = (weights: Weights, layer: string): Weights =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, w]) =>
      name.startsWith(`${layer}.`) ? [[name.slice(layer.length + 1), w]] : [],
    ),
  );

function affine(x: Value, weights: Weights, layer: string, units: number, activation: string): Value {
  const run = REFERENCE_LAYERS.dense as (...args: unknown[]) => Value[];
  return run({ units, activation }, [x], part(weights, layer))[0];
}

const batch = (C: number) => ({
  x: tensor(testData(C + 1, N * T * 3), [N, T, 3]),
  y: tensor(testData(C + 2, N * T * 2), [N, T, 2]),
});

describe.each([1, 3, 4, 5, 17, 33])('batch normalisation of %i features in training', (C) => {
  it('has the loss and the gradients of f64, through the statistics of the batch', () => {
    const net = make(C);
    const { x, y } = batch(C);
    const weights = weightsOf(net);
    const wide: Value = { data: Float64Array.from(x.data), shape: x.shape };
    const lossOf = (w: Weights): number => {
      const hidden = affine(wide, w, 'before', C, 'tanh');
      const normal = batchNormalizationInTraining(hidden, 1e-3, part(w, 'norm'));
      const { data } = affine(normal, w, 'after', 2, 'linear');
      return data.reduce((sum, v, i) => sum + (v - y.data[i]) ** 2, 0) / data.length;
    };
    const { loss, gradients } = kernelGradients(net, x, y);
    expect(Math.abs(loss - lossOf(weights)) / loss).toBeLessThan(MAX_DIFFERENCE);
    expect(Object.keys(gradients)).toEqual([
      'before.kernel',
      'before.bias',
      'norm.gamma',
      'norm.beta',
      'after.kernel',
      'after.bias',
    ]);
    for (const [name, g] of Object.entries(gradients)) {
      const difference = scaledDifference(g, finiteDifferences(weights, name, lossOf));
      expect(difference, name).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it('moves its statistics towards those of each batch', async () => {
    const net = make(C, { momentum: 0.8 });
    const { x, y } = batch(C);
    const weights = weightsOf(net);
    const wide: Value = { data: Float64Array.from(x.data), shape: x.shape };
    const { data } = affine(wide, weights, 'before', C, 'tanh');
    const rows = data.length / C;
    for (let c = 0; c < C; c++) {
      const column = Array.from({ length: rows }, (_, r) => data[r * C + c]);
      const mean = column.reduce((sum, v) => sum + v, 0) / rows;
      const variance = column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows;
      weights['norm.movingMean'][c] = 0.8 * weights['norm.movingMean'][c] + 0.2 * mean;
      weights['norm.movingVariance'][c] = 0.8 * weights['norm.movingVariance'][c] + 0.2 * variance;
    }
    net.trainOnBatch(x, y);
    for (const name of ['norm.movingMean', 'norm.movingVariance']) {
      expect(scaledDifference(net.getWeights()[name].data, weights[name])).toBeLessThan(MOVING_DIFFERENCE);
    }
  });
});

describe('moving statistics', () => {
  const moving = (net: Model) => Object.entries(net.getWeights()).filter(([name]) => name.includes('moving'));
  const { x, y } = batch(5);

  it('stay as they are in evaluation, in prediction and in a frozen layer', () => {
    const net = make(5);
    const before = moving(net);
    net.evaluate(x, y);
    net.predict(x);
    expect(moving(net)).toEqual(before);
    const frozen = make(5, { trainable: false });
    frozen.trainOnBatch(x, y);
    expect(moving(frozen)).toEqual(before);
  });

  it('stay as they are when the loss is not finite', () => {
    const net = make(5);
    const before = net.fingerprint();
    const huge = tensor(
      y.data.map(() => 1e30),
      y.shape,
    );
    expect(() => net.trainOnBatch(x, huge)).toThrow();
    expect(net.fingerprint()).toBe(before);
  });

  it('go on after saving and loading as if nothing had been', () => {
    const net = make(5);
    net.trainOnBatch(x, y);
    const again = load(net.save()) as Model;
    net.trainOnBatch(x, y);
    again.trainOnBatch(x, y);
    expect(again.fingerprint()).toBe(net.fingerprint());
  });
});
