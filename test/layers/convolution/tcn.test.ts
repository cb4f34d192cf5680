import { describe, expect, it } from 'vitest';
import {
  conv1d,
  dense,
  input,
  type Layer,
  load,
  type Model,
  sequential,
  sgd,
  type TcnOptions,
  tcn,
  tensor,
  weightNormalization,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { kernelGradients } from '../../harness/gradient.js';
import { expectPiecesInvariant, expectStreamInvariant, N, T } from '../../harness/invariance.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';
import { largestDifference, SIZES, stack } from './harness.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 1.6e-6. */
const MAX_DIFFERENCE = 4e-6;

/** The same where a direction is a lone number, whose gradient is 0: rounding alone, over 1e-3. Measured: 2.0e-5. */
const LONE_DIFFERENCE = 5e-5;

const smooth = { activation: 'tanh' } as const;

describe('weightNormalization', () => {
  const layers: [string, (filters: number) => Layer][] = [
    ['dense', (units) => dense({ units, ...smooth })],
    ['dense without bias', (units) => dense({ units, useBias: false })],
    ['conv1d', (filters) => conv1d({ filters, kernelSize: 3, padding: 'causal' })],
    ['conv1d with strides', (filters) => conv1d({ filters, kernelSize: 2, strides: 2 })],
  ];

  describe.each(layers)('of %s', (_name, make) => {
    it.each(SIZES)('agrees with f64 on %i features and %i outputs', (C, O) => {
      const net = stack(weightNormalization(make(O)), 6, C);
      expect(largestDifference(net, 2, 6)).toBeLessThan(C === 1 ? LONE_DIFFERENCE : MAX_DIFFERENCE);
    });

    it('starts as the layer itself, and comes back from a file', () => {
      const build = (layer: Layer) => sequential([input({ shape: [5, 3] }), layer], { seed: 4 });
      const [plain, wrapped] = [build(make(4)), build(weightNormalization(make(4)))];
      const x = tensor(testData(2, 2 * 5 * 3), [2, 5, 3]);
      const [a, b] = [plain.predict(x).data, wrapped.predict(x).data];
      a.forEach((v, i) => {
        expect(Math.abs(b[i] - v)).toBeLessThan(MAX_DIFFERENCE);
      });
      const again = load(wrapped.save()) as Model;
      const y = tensor(testData(3, a.length), plain.predict(x).shape);
      for (const net of [wrapped, again]) {
        net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
        net.trainOnBatch(x, y);
      }
      expect(again.fingerprint()).toBe(wrapped.fingerprint());
    });
  });

  it('gives no gradient along a direction: the length of v stays', () => {
    const net = stack(weightNormalization(dense({ units: 3 })), 4, 5);
    const x = tensor(testData(1, 2 * 4 * 2), [2, 4, 2]);
    const { gradients } = kernelGradients(net, x, tensor(testData(2, 2 * 4 * 3), [2, 4, 3]));
    const v = net.getWeights()['weightNormalization.dense.kernel'].data;
    const dv = gradients['weightNormalization.dense.kernel'];
    const along = [0, 0, 0];
    v.forEach((value, i) => {
      along[i % 3] += value * dv[i];
    });
    for (const sum of along) expect(Math.abs(sum)).toBeLessThan(MAX_DIFFERENCE);
    expect(Object.keys(gradients)).toContain('weightNormalization.gain');
  });

  it('refuses what has no such kernel', () => {
    expect(() => weightNormalization(tcn({ filters: 2 }))).toThrow(
      "weightNormalization: layer must be dense or conv1d, got 'tcn'",
    );
    expect(() => weightNormalization(dense({ units: 2, kernelRegularizer: 'l2' }))).toThrow(
      'dense has kernelRegularizer, but of a normalised kernel only the direction counts',
    );
    expect(() => weightNormalization({ units: 2 } as never)).toThrow('layer must be a layer such as');
  });
});

describe('tcn', () => {
  const variants: [string, Omit<TcnOptions, 'filters'>][] = [
    ['plain', { weightNormalization: false, dilations: [1, 2], ...smooth }],
    ['normalised', { dilations: [1, 3], kernelSize: 2, ...smooth }],
    ['of every step', { dilations: [2], returnSequences: true, activation: 'gelu' }],
    [
      'without bias',
      { dilations: [1, 2], kernelSize: [2], useBias: false, returnSequences: true, ...smooth },
    ],
    ['of one tap', { dilations: [1], kernelSize: 1, returnSequences: true, ...smooth }],
  ];

  describe.each(variants)('%s', (_name, options) => {
    it.each([
      [1, 3],
      [3, 1],
      [4, 4],
      [5, 5],
      [2, 17],
    ])('agrees with f64 on %i channels and %i filters', (C, filters) => {
      const net = stack(tcn({ filters, ...options }), 5, C);
      expect(largestDifference(net, 2, 5)).toBeLessThan(MAX_DIFFERENCE);
    });

    it('gives the same bits in any batch, in a stream, and from a file', () => {
      const net = stack(tcn({ filters: 4, ...options }), null, 3);
      const x = testData(3, N * T * 2);
      expectInvariant(net, tensor(x, [N, T, 2]), options.returnSequences === true);
      expectStreamInvariant(net, x, [2], options.returnSequences === true);
      const given = tensor(x, [N, T, 2]);
      expect(load(net.save()).predict(given)).toEqual(net.predict(given));
    });
  });

  it('carries frames from batch to batch when stateful', () => {
    const options: TcnOptions = { filters: 3, dilations: [1, 2], returnSequences: true };
    const whole = stack(tcn(options), null, 3);
    const pieces = stack(tcn({ ...options, stateful: true }), null, 3);
    expectPiecesInvariant(pieces, whole, testData(8, N * T * 2), [2]);
    const again = load(pieces.save()) as Model;
    const more = tensor(testData(6, N * 3 * 2), [N, 3, 2]);
    expect(bitsOf(again.predict(more).data)).toEqual(bitsOf(pieces.predict(more).data));
  });

  it('sees as many steps as it says', () => {
    const net = stack(tcn({ filters: 2, dilations: [1, 2], ...smooth }), 20, 2);
    const reach = 1 + 2 * 2 * (1 + 2);
    const outputs = (change: number): Float32Array => {
      const x = testData(5, 40);
      x[2 * change] += 1;
      return net.predict(tensor(x, [1, 20, 2])).data;
    };
    const base = net.predict(tensor(testData(5, 40), [1, 20, 2])).data;
    expect(outputs(20 - reach)).not.toEqual(base);
    expect(outputs(20 - reach - 1)).toEqual(base);
  });

  it('drops whole channels, others behind each convolution, and trains on from a file', () => {
    const make = () => {
      const layer = tcn({ filters: 8, dilations: [1, 2, 4], dropout: 0.4, returnSequences: true });
      const net = sequential([input({ shape: [6, 3] }), layer], { seed: 5 });
      net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
      giveWeights(net as Model, 2);
      return net as Model;
    };
    const x = tensor(testData(1, 4 * 6 * 3), [4, 6, 3]);
    const y = tensor(testData(2, 4 * 6 * 8), [4, 6, 8]);
    const net = make();
    const losses = [net.trainOnBatch(x, y).loss, net.trainOnBatch(x, y).loss];
    expect(losses[0]).not.toBe(net.evaluate(x, y).loss);
    const again = load(net.save()) as Model;
    expect(again.trainOnBatch(x, y)).toEqual(net.trainOnBatch(x, y));
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('learns to repeat what came eight steps before', () => {
    const net = sequential(
      [
        input({ shape: [null, 1] }),
        tcn({ filters: 8, dilations: [1, 2, 4], returnSequences: true }),
        dense({ units: 1 }),
      ],
      { seed: 1 },
    );
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const [B, steps, lag] = [16, 40, 8];
    const x = testData(1, B * steps, -1, 1);
    const y = x.map((_, i) => (i % steps < lag ? 0 : x[i - lag]));
    const [xs, ys] = [tensor(x, [B, steps, 1]), tensor(y, [B, steps, 1])];
    const before = net.evaluate(xs, ys).loss;
    for (let step = 0; step < 150; step++) net.trainOnBatch(xs, ys);
    expect(net.evaluate(xs, ys).loss).toBeLessThan(0.2 * before);
  });

  it('refuses what does not fit', () => {
    expect(() => tcn({ filters: 2, dilations: [] })).toThrow(
      'tcn: dilations must have one number for each block',
    );
    expect(() => tcn({ filters: 2, dilations: [1, 0] })).toThrow(
      'dilations[1] must be a whole number of at least 1',
    );
    expect(() => tcn({ filters: 2, dilation: [1] } as never)).toThrow("unknown option 'dilation'");
    expect(() => sequential([input({ shape: [4] }), tcn({ filters: 2 })])).toThrow(
      'expected [batch, time, features]',
    );
  });
});
