import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bidirectional,
  crf,
  DataError,
  dense,
  embedding,
  input,
  type Layer,
  load,
  lstm,
  type Model,
  masking,
  model,
  ShapeError,
  type SymbolicTensor,
  sequential,
  tensor,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { testData, testRandom } from '../../harness/random.js';
import { crfBest, crfLoss } from '../../harness/reference/crf.js';
import { prepareThreads, shareEverything, threadsReady } from '../../harness/threads.js';

const T = 6;
const I = 3;
const N = 4;
/** Of the largest number compared, and of the loss. */
const BOUND = 2e-5;

const x = (count: number, seed = 1, features = I) =>
  tensor(testData(seed, count * T * features), [count, T, features]);
const tagsOf = (count: number, seed = 2): number[][] => {
  const next = testRandom(seed);
  return Array.from({ length: count }, () => Array.from({ length: T }, () => Math.floor(next() * N)));
};

function tagger(options: object = {}, features = I): Model {
  const net = sequential([input({ shape: [null, features] }), crf({ units: N, ...options })], { seed: 3 });
  net.compile({ optimizer: 'adam', loss: 'crf', metrics: ['accuracy'] });
  giveWeights(net, 5);
  return net;
}

type Numbers = Record<string, Float64Array>;

/** Loss of the whole model in f64, from its weights. */
function referenceLoss(
  w: Numbers,
  data: ArrayLike<number>,
  tags: number[][],
  lengths: number[],
  features: number,
) {
  return potentials(w, data, lengths, features).map(({ u, chain }, s) =>
    crfLoss(u, chain, tags[s].slice(0, lengths[s])),
  );
}

function potentials(w: Numbers, data: ArrayLike<number>, lengths: number[], features: number) {
  const chain = Array.from({ length: N }, (_, i) => [...w['crf.chainKernel'].subarray(i * N, (i + 1) * N)]);
  return lengths.map((length, s) => {
    const u = Array.from({ length }, (_, t) =>
      Array.from({ length: N }, (_, j) => {
        const kernel = w['crf.kernel'];
        let sum = kernel ? (w['crf.bias']?.[j] ?? 0) : data[(s * T + t) * features + j];
        for (let i = 0; kernel && i < features; i++)
          sum += data[(s * T + t) * features + i] * kernel[i * N + j];
        if (t === 0) sum += w['crf.leftBoundary']?.[j] ?? 0;
        if (t === length - 1) sum += w['crf.rightBoundary']?.[j] ?? 0;
        return sum;
      }),
    );
    return { u, chain };
  });
}

const widened = (net: Model): Numbers =>
  Object.fromEntries(
    Object.entries(net.getWeights()).map(([name, { data }]) => [name, Float64Array.from(data)]),
  );

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('crf', () => {
  it.each([
    ['as it comes', {}, I],
    ['without bias', { useBias: false }, I],
    ['without ends', { useBoundary: false }, I],
    ['without a kernel', { useKernel: false }, N],
  ])('%s: agrees with f64 in tags, loss and the gradient of every weight', (_, options, features) => {
    const net = tagger(options, features);
    const lengths = [6, 4, 1, 6, 3];
    const [given, tags] = [x(5, 7, features), tagsOf(5)];
    const { loss, gradients } = kernelGradients(net, given, tensor(tags), lengths);
    const w = widened(net);
    const lossOf = () => mean(referenceLoss(w, given.data, tags, lengths, features));
    expect(Math.abs(loss - lossOf())).toBeLessThan(BOUND);
    expect(Object.keys(gradients)).toEqual(Object.keys(w));
    for (const [name, gradient] of Object.entries(gradients)) {
      const slopes = w[name].map((value, i) => {
        w[name][i] = value + 1e-5;
        const above = lossOf();
        w[name][i] = value - 1e-5;
        const below = lossOf();
        w[name][i] = value;
        return (above - below) / 2e-5;
      });
      expect(scaledDifference(gradient, slopes), name).toBeLessThan(BOUND);
    }
    const { data } = net.predict(given, { lengths });
    potentials(w, given.data, lengths, features).forEach(({ u, chain }, s) => {
      const rows = Array.from({ length: T }, (_, t) => data.subarray((s * T + t) * N, (s * T + t + 1) * N));
      expect(rows.slice(0, lengths[s]).map((row) => row.indexOf(1))).toEqual(crfBest(u, chain));
      expect(rows.slice(lengths[s]).every((row) => row.every((v) => v === 0))).toBe(true);
    });
  });

  it('passes its gradient on to the layers before it', () => {
    const make = () => {
      const net = sequential([
        input({ shape: [T, I] }),
        dense({ units: 5, activation: 'tanh' }),
        crf({ units: N }),
      ]);
      net.compile({ loss: 'crf' });
      giveWeights(net, 8);
      return net;
    };
    const [net, given, tags] = [make(), x(3), tagsOf(3)];
    const { gradients } = kernelGradients(net, given, tensor(tags));
    const gradient = gradients['dense.kernel'];
    const weights = net.getWeights()['dense.kernel'];
    const along = testData(4, gradient.length);
    const lossAt = (by: number): number => {
      net.setWeights({ 'dense.kernel': weights.data.map((v, i) => v + by * along[i]) });
      return kernelGradients(net, given, tensor(tags)).loss;
    };
    const slope = (lossAt(0.01) - lossAt(-0.01)) / 0.02;
    const expected = gradient.reduce((sum, g, i) => sum + g * along[i], 0);
    expect(slope).toBeCloseTo(expected, 2);
  });

  it('learns tags that only their neighbours tell, by fit, evaluate, predict, save and load', async () => {
    const net = sequential(
      [
        input({ shape: [null] }),
        embedding({ inputDim: 7, outputDim: 6, maskZero: true }),
        bidirectional({ layer: lstm({ units: 8, returnSequences: true }) }),
        crf({ units: N }),
      ],
      { seed: 2 },
    );
    net.compile({ optimizer: 'adam', loss: 'crf', metrics: ['accuracy', 'f1'] });
    net.learningRate = 0.02;
    const next = testRandom(3);
    const words = Array.from({ length: 80 }, () =>
      Array.from({ length: T }, () => 1 + Math.floor(next() * 6)),
    );
    for (const [s, row] of words.entries()) row.fill(0, 2 + (s % 5));
    const tags = words.map((row) => row.map((word, t) => (word === 0 ? 0 : (word + (row[t - 1] ?? 0)) % N)));
    const { history } = await net.fit(words, tags, { epochs: 40, batchSize: 16, verbose: 0 });
    expect(history.loss[39]).toBeLessThan(0.1 * history.loss[0]);
    const after = net.evaluate(words, tags);
    expect(after.accuracy).toBeGreaterThan(0.99);
    const { data, shape } = net.predict(words);
    expect(shape).toEqual([80, T, N]);
    let right = 0;
    let counted = 0;
    words.forEach((row, s) => {
      row.forEach((word, t) => {
        if (word === 0) return;
        counted++;
        if (data[(s * T + t) * N + tags[s][t]] === 1) right++;
      });
    });
    expect(after.accuracy).toBeCloseTo(right / counted, 6);
    const again = load(net.save());
    expect(again.evaluate(words, tags)).toEqual(after);
    for (const one of [net, again]) await one.fit(words, tags, { epochs: 1, verbose: 0 });
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('weighs samples, and pads without changing a bit', () => {
    const net = tagger();
    const [given, tags] = [x(4), tagsOf(4)];
    const each = tags.map(
      (_, s) => net.evaluate(tensor(given.data.slice(s * T * I, (s + 1) * T * I), [1, T, I]), [tags[s]]).loss,
    );
    const sampleWeight = [1, 0, 2, 0.5];
    const { loss, accuracy } = net.evaluate(given, tags, { sampleWeight });
    expect(loss).toBeCloseTo(mean(each.map((l, s) => l * sampleWeight[s])), 5);
    expect(accuracy).toBeGreaterThanOrEqual(0);
    const trained = (pad: number) => {
      const own = sequential([input({ shape: [null, I] }), masking({ maskValue: 9 }), crf({ units: N })], {
        seed: 1,
      });
      own.compile({ optimizer: 'adam', loss: 'crf', metrics: ['accuracy'] });
      const rows = (s: number) =>
        Array.from({ length: T }, (_, t) => [...given.data.subarray((s * T + t) * I, (s * T + t + 1) * I)]);
      const filled = [0, 1].map((s) => [...rows(s), ...Array.from({ length: pad }, () => [9, 9, 9])]);
      const labels = [0, 1].map((s) => [...tags[s], ...Array(pad).fill(0)]);
      const logs = [0, 1, 2].map(() => own.trainOnBatch(filled, labels, { sampleWeight: [1, 2] }));
      return [own.fingerprint(), logs];
    };
    expect(trained(3)).toEqual(trained(0));
  });

  it('has the same bits on several threads', async () => {
    const restore = shareEverything();
    try {
      await prepareThreads(3);
      const run = async (threads: number) => {
        const layers: (Layer | SymbolicTensor)[] = [
          input({ shape: [T, I] }),
          dense({ units: 9 }),
          crf({ units: N }),
        ];
        const net = sequential(layers, { seed: 4, threads });
        net.compile({ optimizer: 'adam', loss: 'crf', metrics: ['accuracy'] });
        await threadsReady(net);
        expect(net.threads).toBe(threads);
        const { history } = await net.fit(x(37), tagsOf(37), { epochs: 2, batchSize: 16, verbose: 0 });
        const { data } = net.predict(x(37));
        net.close();
        return [net.fingerprint(), JSON.stringify(history), data.join('')];
      };
      const alone = await run(1);
      expect(await run(2)).toEqual(alone);
      expect(await run(3)).toEqual(alone);
    } finally {
      restore();
    }
  });

  it('keeps a frozen chain as it is', () => {
    const net = sequential([
      input({ shape: [T, I] }),
      dense({ units: N }),
      crf({ units: N, trainable: false }),
    ]);
    net.compile({ optimizer: 'sgd', loss: 'crf' });
    const before = net.getWeights();
    net.trainOnBatch(x(2), tagsOf(2));
    const after = net.getWeights();
    expect(after['crf.chainKernel']).toEqual(before['crf.chainKernel']);
    expect(after['dense.kernel']).not.toEqual(before['dense.kernel']);
  });
});

describe('crf refuses', () => {
  let net: Model;
  let before: string;
  beforeAll(() => {
    net = tagger();
    before = net.fingerprint();
  });
  afterAll(() => expect(net.fingerprint()).toBe(before));

  it('tags that cannot be, and weights of steps and classes', () => {
    const tags = tagsOf(2);
    const training =
      (y: unknown, options: object = {}) =>
      () =>
        net.trainOnBatch(x(2), y as never, options);
    expect(training([tags[0], [0, 1, 2, N, 0, 0]])).toThrow(
      'trainOnBatch: crf: target of sample 1, step 3 is 4, expected an integer class from 0 to 3',
    );
    expect(training([tags[0], [0, 1, -1, 0, 0, 0]])).toThrow(DataError);
    expect(training([tags[0].slice(1), tags[1].slice(1)])).toThrow(ShapeError);
    expect(training(tags, { sampleWeight: tags })).toThrow(ShapeError);
    expect(training(tags, { classWeight: { 0: 2 } })).toThrow(ValueError);
  });

  it('another loss, another place, and streams', () => {
    const last = sequential([input({ shape: [T, I] }), crf({ units: N })]);
    expect(() => last.compile({ loss: 'sparseCategoricalCrossentropy' })).toThrow(
      "compile: 'crf' is trained with its own loss alone: it must be an output of the model and nothing else, with the " +
        "loss 'crf'",
    );
    const plain = sequential([input({ shape: [T, I] }), dense({ units: N })]);
    expect(() => plain.compile({ loss: 'crf' })).toThrow(
      "compile: crf: output 'dense' is not that of a layer that has this loss",
    );
    const within = sequential([input({ shape: [T, I] }), crf({ units: N }), dense({ units: N })]);
    expect(() => within.compile({ loss: 'mse' })).toThrow(ValueError);
    const start = input({ shape: [T, I] });
    const twice = crf({ units: N }).apply(start);
    expect(() => model({ inputs: start, outputs: [twice, twice] }).compile({ loss: ['crf', 'crf'] })).toThrow(
      ValueError,
    );
    expect(() => last.stream()).toThrow(ValueError);
  });

  it('shapes and options that do not fit', () => {
    expect(() => sequential([input({ shape: [I] }), crf({ units: N })])).toThrow(
      'crf: input has shape [batch, 3], expected [batch, time, features]',
    );
    expect(() => sequential([input({ shape: [T, I] }), crf({ units: N, useKernel: false })])).toThrow(
      ShapeError,
    );
    expect(() => crf({ units: 0 })).toThrow(ValueError);
    expect(() => crf({ units: 2, unit: 3 } as never)).toThrow(UnknownNameError);
    expect(() => crf({ units: 2, chainInitializer: 'orthogonl' as never })).toThrow(UnknownNameError);
  });
});
