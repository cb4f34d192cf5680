import { describe, expect, it } from 'vitest';
import {
  activityRegularization,
  dense,
  gaussianDropout,
  gaussianNoise,
  input,
  type Layer,
  load,
  type Model,
  sequential,
  sgd,
  spatialDropout1d,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { KernelBench } from '../../harness/kernels.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Deviates whose moments are looked at, and five standard errors of their mean. */
const N_DEVIATES = 1 << 16;
const FIVE = 5 / Math.sqrt(N_DEVIATES);

/** Deviates against Box and Muller in f64, of the same random words. Measured: 3.0e-7. */
const DEVIATE_MAX_ERROR = 1e-6;

const [N, T] = [4, 5];

/** The first layer has an identity for kernel, so that what the layer behind gives out can be read. */
function around(layer: Layer, C: number): Model {
  const net = sequential(
    [input({ shape: [T, C] }), dense({ units: C, name: 'before', kernelInitializer: 'identity' }), layer],
    { seed: 7 },
  );
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

/** What the layer multiplied each value by in one training batch: dy is 2 (y − t) / n, of y = m ⊙ x and t = 0. */
function gradientOfBias(layer: Layer, x: Float32Array, C: number): Float32Array {
  const net = around(layer, C);
  const zeros = tensor(new Float32Array(x.length), [N, T, C]);
  return kernelGradients(net, tensor(x, [N, T, C]), zeros).gradients['before.bias'];
}

describe('normal_fill', () => {
  const words = (bench: KernelBench, n: number) => {
    const rng = bench.put(new Float32Array(4));
    new Uint32Array(bench.memory.buffer, rng, 4).set([11, 0, 3, 0]);
    const at = bench.alloc(n);
    bench.kernels.philox_words(at, rng, 0, n / 4, 5);
    return { rng, words: new Uint32Array(bench.memory.buffer, at, n).slice() };
  };

  it('is Box and Muller of the words of Philox', () => {
    const bench = new KernelBench(4);
    const { rng, words: w } = words(bench, 4096);
    const out = bench.alloc(4096);
    bench.kernels.normal_fill(out, rng, 0, 4096, 5, 0, 1);
    const got = bench.read(out, 4096);
    for (let j = 0; j < 4096; j += 2) {
      const radius = Math.sqrt(-2 * Math.log(((w[j] >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * (w[j + 1] >>> 8)) / 2 ** 24;
      expect(Math.abs(got[j] - radius * Math.cos(angle))).toBeLessThan(DEVIATE_MAX_ERROR);
      expect(Math.abs(got[j + 1] - radius * Math.sin(angle))).toBeLessThan(DEVIATE_MAX_ERROR);
    }
  });

  it('has the moments of a normal distribution', () => {
    const bench = new KernelBench(4);
    const { rng } = words(bench, 4);
    const out = bench.alloc(N_DEVIATES);
    bench.kernels.normal_fill(out, rng, 0, N_DEVIATES, 0, 0, 1);
    const z = bench.read(out, N_DEVIATES);
    const moment = (p: number): number => z.reduce((sum, v) => sum + v ** p, 0) / N_DEVIATES;
    expect(Math.abs(moment(1))).toBeLessThan(FIVE);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(Math.sqrt(2) * FIVE);
    expect(Math.abs(moment(3))).toBeLessThan(Math.sqrt(15) * FIVE);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(Math.sqrt(96) * FIVE);
  });

  it.each([1, 3, 4, 5, 17, 33])('gives %i elements the bits that they have in a longer run', (n) => {
    const bench = new KernelBench(1);
    const { rng } = words(bench, 4);
    const [whole, part] = [bench.alloc(64), bench.alloc(n + 4, 7)];
    bench.kernels.normal_fill(whole, rng, 0, 64, 2, 0.5, 2);
    bench.kernels.normal_fill(part, rng, 8, n, 2, 0.5, 2);
    expect([...bench.read(part, n)]).toEqual([...bench.read(whole + 32, n)]);
    expect([...bench.read(part + 4 * n, 4)]).toEqual([7, 7, 7, 7]);
  });
});

describe('in inference', () => {
  const layers: [string, () => Layer][] = [
    ['spatialDropout1d', () => spatialDropout1d({ rate: 0.5 })],
    ['gaussianNoise', () => gaussianNoise({ stddev: 0.5 })],
    ['gaussianDropout', () => gaussianDropout({ rate: 0.5 })],
    ['activityRegularization', () => activityRegularization({ l1: 0.1, l2: 0.2 })],
  ];

  it.each(layers)('%s passes values on, streams, and comes back from a file', (_name, make) => {
    const net = around(make(), 5);
    const x = tensor(testData(1, N * T * 5), [N, T, 5]);
    expect(net.predict(x).data).toEqual(x.data);
    expectInvariant(net, x, true);
    const again = load(net.save()) as Model;
    net.trainOnBatch(x, x);
    again.trainOnBatch(x, x);
    expect(again.fingerprint()).toBe(net.fingerprint());
  });
});

describe('spatialDropout1d', () => {
  it.each([1, 3, 4, 5, 17, 33])('drops whole features of %i, one mask for all steps', (C) => {
    // With x = 1 everywhere the gradient of bias c is 2/n · Σ_bt m²: T · 4 · 2/n for each sample that keeps c.
    const g = gradientOfBias(spatialDropout1d({ rate: 0.5 }), new Float32Array(N * T * C).fill(1), C);
    const unit = (T * 4 * 2) / (N * T * C);
    for (const v of g) expect(Math.abs(v / unit - Math.round(v / unit))).toBeLessThan(1e-5);
    const kept = g.reduce((sum, v) => sum + Math.round(v / unit), 0) / (N * C);
    if (C >= 17) expect(Math.abs(kept - 0.5)).toBeLessThan(0.25);
  });
});

describe('gaussianNoise and gaussianDropout', () => {
  const big = 33;
  const ones = new Float32Array(N * T * big).fill(1);

  it('noise is added in training, other noise at each step, and no gradient changes', () => {
    const net = around(gaussianNoise({ stddev: 0.3 }), big);
    const x = tensor(ones, [N, T, big]);
    const losses = [net.trainOnBatch(x, x).loss, net.trainOnBatch(x, x).loss];
    // The mean of N·T·C squares of noise; the second batch also sees the first update.
    expect(Math.abs(losses[0] / 0.09 - 1)).toBeLessThan(5 * Math.sqrt(2 / ones.length));
    expect(losses[1]).not.toBe(losses[0]);
    expect(net.evaluate(x, x).loss).toBeLessThan(0.01);
  });

  it('factors have mean 1 and variance rate / (1 − rate)', () => {
    // x = 1: the loss is the mean of m², the gradients of the biases add up to 2 mean of m².
    const net = around(gaussianDropout({ rate: 0.2 }), big);
    const zeros = tensor(new Float32Array(ones.length), [N, T, big]);
    const { loss, gradients } = kernelGradients(net, tensor(ones, [N, T, big]), zeros);
    expect(Math.abs(loss - 1.25)).toBeLessThan(
      (5 * Math.sqrt(4 * 0.25 + 2 * 0.25 ** 2)) / Math.sqrt(ones.length),
    );
    const sum = gradients['before.bias'].reduce((total, v) => total + v, 0);
    expect(Math.abs(sum / (2 * loss) - 1)).toBeLessThan(1e-5);
  });
});

describe('activityRegularization', () => {
  it.each([1, 3, 4, 5, 17, 33])('adds to the loss and to the gradients of %i features', (C) => {
    const [l1, l2] = [0.03, 0.05];
    const make = (penalty: Layer): Model => {
      const net = around(penalty, C);
      giveWeights(net, C);
      return net;
    };
    const x = tensor(testData(C, N * T * C), [N, T, C]);
    const y = tensor(testData(C + 1, N * T * C), [N, T, C]);
    const net = make(activityRegularization({ l1, l2 }));
    const plain = kernelGradients(make(activityRegularization()), x, y);
    const with_ = kernelGradients(net, x, y);
    const h = net.predict(x).data;
    const penalty = h.reduce((sum, v) => sum + l1 * Math.abs(v) + l2 * v * v, 0) / N;
    expect(Math.abs(with_.loss - plain.loss - penalty) / penalty).toBeLessThan(1e-5);
    expect(Math.abs(net.evaluate(x, y).loss - with_.loss) / with_.loss).toBeLessThan(1e-6);
    const bias = new Float64Array(C);
    h.forEach((v, i) => {
      bias[i % C] += (l1 * Math.sign(v) + 2 * l2 * v) / N;
    });
    const own = with_.gradients['before.bias'].map((v, i) => v - plain.gradients['before.bias'][i]);
    expect(scaledDifference(own, bias, 0.01)).toBeLessThan(1e-4);
  });
});

it('refuses what cannot be', () => {
  expect(() => spatialDropout1d({ rate: 1 })).toThrow(
    'spatialDropout1d: rate must be a number from 0 to below 1',
  );
  expect(() => spatialDropout1d({ rate: 0.5 }).apply(input({ shape: [3] }))).toThrow(
    'spatialDropout1d: input has shape [null, 3], expected [batch, time, features]',
  );
  expect(() => gaussianNoise({ stddev: -1 })).toThrow(
    'gaussianNoise: stddev must be a finite number at least 0',
  );
  expect(() => gaussianDropout({ rate: -0.1 })).toThrow('gaussianDropout: rate must be a number from 0');
  expect(() => activityRegularization({ l1: -1 })).toThrow(
    'activityRegularization: l1 must be a finite number',
  );
});
