import { describe, expect, it } from 'vitest';
import {
  activation,
  adam,
  dense,
  embedding,
  gru,
  input,
  load,
  type Model,
  model,
  residual,
  reversibleEmbedding,
  ShapeError,
  sampledSoftmax,
  sequential,
  tensor,
  timeDistributed,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { testRandom } from '../../harness/random.js';

const V = 11;
const O = 5;
const T = 6;

/** Ids [count, T] and the id that follows each: they count up, some by two. */
function counting(count: number, seed = 1, classes = V) {
  const next = testRandom(seed);
  const rows = Array.from({ length: count }, () => {
    const [start, stride] = [Math.floor(next() * classes), 1 + Math.floor(next() * 2)];
    return Array.from({ length: T + 1 }, (_, t) => (start + stride * t) % classes);
  });
  return { x: rows.map((row) => row.slice(0, T)), y: rows.map((row) => row.slice(1)) };
}

/** The same network with a table of its own at each end, whose weights are those of the tied one. */
function pair(softmax = true) {
  const end = softmax ? 'softmax' : 'linear';
  const table = reversibleEmbedding({ inputDim: V, outputDim: O });
  const middle = () => gru({ units: O, returnSequences: true });
  const tied = sequential([input({ shape: [T] }), table, middle(), table.reverse({ activation: end })], {
    seed: 3,
  });
  const split = sequential([
    input({ shape: [T] }),
    embedding({ inputDim: V, outputDim: O }),
    middle(),
    dense({ units: V, useBias: false, activation: end }),
  ]);
  giveWeights(tied, 7);
  const w = tied.getWeights();
  const E = w['reversibleEmbedding.embeddings'];
  const turned = new Float32Array(V * O);
  E.data.forEach((v, i) => {
    turned[(i % O) * V + Math.floor(i / O)] = v;
  });
  const { 'reversibleEmbedding.embeddings': _, ...rest } = w;
  split.setWeights({ ...rest, 'embedding.embeddings': E, 'dense.kernel': tensor(turned, [O, V]) });
  return { tied, split };
}

describe('reversibleEmbedding', () => {
  it('gives what an embedding and a dense layer of the same table give, in predictions, loss and streams', () => {
    const { tied, split } = pair();
    const { x, y } = counting(5);
    expect([...tied.predict(x).data]).toEqual([...split.predict(x).data]);
    for (const net of [tied, split])
      net.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    expect(tied.evaluate(x, y)).toEqual(split.evaluate(x, y));
    const stream = tied.stream();
    const stepped = x[0].flatMap((id) => [...stream.step([id])]);
    expect(stepped).toEqual([...tied.predict([x[0]]).data]);
  });

  it.each([true, false])('sums the gradients of both ends, softmax: %s', (softmax) => {
    const { tied, split } = pair(softmax);
    const { x, y } = counting(4);
    const data = tensor(x);
    const targets = softmax ? tensor(y) : tensor(new Float32Array(4 * T * V).fill(0.3), [4, T, V]);
    const loss = softmax ? 'sparseCategoricalCrossentropy' : 'meanSquaredError';
    for (const net of [tied, split]) net.compile({ loss });
    const one = kernelGradients(tied, data, targets).gradients;
    const two = kernelGradients(split, data, targets).gradients;
    const sum = two['embedding.embeddings'].map(
      (g, i) => g + two['dense.kernel'][(i % O) * V + Math.floor(i / O)],
    );
    expect(scaledDifference(one['reversibleEmbedding.embeddings'], sum)).toBeLessThan(1e-6);
    expect(scaledDifference(one['gru.kernel'], two['gru.kernel'])).toBeLessThan(1e-6);
  });

  it('learns, is counted once, and is saved and loaded tied', async () => {
    const table = reversibleEmbedding({ inputDim: V, outputDim: 8, name: 'words' });
    const net = sequential(
      [
        input({ shape: [T] }),
        table,
        gru({ units: 8, returnSequences: true }),
        table.reverse({ activation: 'softmax' }),
      ],
      { seed: 1 },
    );
    expect(Object.keys(net.getWeights())).toEqual([
      'words.embeddings',
      'gru.kernel',
      'gru.recurrentKernel',
      'gru.bias',
    ]);
    net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
    const { x, y } = counting(64);
    const { history } = await net.fit(x, y, { epochs: 20, verbose: 0 });
    expect(history.loss[19]).toBeLessThan(0.6 * history.loss[0]);
    const again = load(net.save());
    expect([...again.predict(x).data]).toEqual([...net.predict(x).data]);
    for (const one of [net, again]) await one.fit(x, y, { epochs: 1, verbose: 0 });
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('keeps a frozen table as it is, and takes the masks of its ids', () => {
    const table = reversibleEmbedding({ inputDim: V, outputDim: O, trainable: false, maskZero: true });
    const net = sequential([input({ shape: [T] }), table, table.reverse({ activation: 'softmax' })]);
    net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' });
    const before = net.fingerprint();
    const { x, y } = counting(3);
    const shorter = x.map((row) => row.map((id, t) => (t < 4 ? Math.max(1, id) : 0)));
    const { loss } = net.trainOnBatch(shorter, y);
    expect(loss).toBeGreaterThan(0);
    expect(net.fingerprint()).toBe(before);
  });

  it('refuses other models, other widths and places inside layers', () => {
    const table = reversibleEmbedding({ inputDim: V, outputDim: O });
    expect(() => sequential([input({ shape: [T, O] }), table.reverse()])).toThrow(
      "reverseEmbedding: is tied to 'reversibleEmbedding' that is not in this model",
    );
    expect(() => sequential([input({ shape: [T] }), table, dense({ units: 4 }), table.reverse()])).toThrow(
      ShapeError,
    );
    expect(() => timeDistributed({ layer: table.reverse() })).toThrow(ValueError);
    expect(() => residual(table.reverse())).toThrow(ValueError);
    expect(() => table.reverse({ activaton: 'softmax' } as never)).toThrow(UnknownNameError);
    expect(() => reversibleEmbedding({ inputDim: 0, outputDim: 1 })).toThrow(ValueError);
  });
});

describe('sampledSoftmax', () => {
  const classes = 200;
  const sampler = (options: object = {}, metrics: string[] = []): Model => {
    const net = sequential(
      [
        input({ shape: [T] }),
        embedding({ inputDim: classes, outputDim: 12 }),
        gru({ units: 12, returnSequences: true }),
        sampledSoftmax({ units: classes, numSampled: 20, ...options }),
      ],
      { seed: 2 },
    );
    net.compile({
      optimizer: adam({ learningRate: 0.02 }),
      loss: 'sampledSoftmax',
      metrics: metrics as never,
    });
    return net;
  };

  it('predicts and evaluates over all classes as a dense layer with a softmax does', () => {
    const net = sampler();
    const whole = sequential([
      input({ shape: [T] }),
      embedding({ inputDim: classes, outputDim: 12 }),
      gru({ units: 12, returnSequences: true }),
      dense({ units: classes, activation: 'softmax' }),
    ]);
    giveWeights(net, 3);
    const { 'sampledSoftmax.kernel': kernel, 'sampledSoftmax.bias': bias, ...rest } = net.getWeights();
    const turned = new Float32Array(kernel.data.length);
    kernel.data.forEach((v, i) => {
      turned[(i % 12) * classes + Math.floor(i / 12)] = v;
    });
    whole.setWeights({ ...rest, 'dense.kernel': tensor(turned, [12, classes]), 'dense.bias': bias });
    whole.compile({ loss: 'sparseCategoricalCrossentropy' });
    const { x, y } = counting(5, 1, classes);
    expect([...net.predict(x).data]).toEqual([...whole.predict(x).data]);
    expect(net.evaluate(x, y).loss).toBe(whole.evaluate(x, y).loss);
    const lengths = [1, 6, 3, 2, 5];
    expect(net.evaluate(x, y, { lengths }).loss).toBe(whole.evaluate(x, y, { lengths }).loss);
  });

  it('learns by few classes what the loss over all of them measures, alike with metrics and after loading', async () => {
    const { x, y } = counting(300, 1, classes);
    const net = sampler();
    const before = net.evaluate(x, y).loss;
    await net.fit(x, y, { epochs: 6, verbose: 0 });
    expect(net.evaluate(x, y).loss).toBeLessThan(0.75 * before);
    const measured = sampler({}, ['accuracy']);
    await measured.fit(x, y, { epochs: 6, verbose: 0 });
    expect(measured.fingerprint()).toBe(net.fingerprint());
    const again = load(net.save());
    for (const one of [net, again]) await one.fit(x, y, { epochs: 1, verbose: 0 });
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('shares the table of an embedding', async () => {
    const start = input({ shape: [T] });
    const table = reversibleEmbedding({ inputDim: classes, outputDim: 12 });
    const hidden = gru({ units: 12, returnSequences: true }).apply(table.apply(start));
    const out = sampledSoftmax({ numSampled: 20, tiedTo: table, useBias: false }).apply(hidden);
    const net = model({ inputs: start, outputs: out, seed: 1 });
    net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sampledSoftmax' });
    const names = Object.keys(net.getWeights());
    expect(names.filter((name) => !name.startsWith('gru'))).toEqual(['reversibleEmbedding.embeddings']);
    const { x, y } = counting(200, 1, classes);
    const before = net.evaluate(x, y).loss;
    await net.fit(x, y, { epochs: 6, verbose: 0 });
    expect(net.evaluate(x, y).loss).toBeLessThan(0.8 * before);
    const again = load(net.save());
    expect(again.evaluate(x, y)).toEqual(net.evaluate(x, y));
  });

  it('refuses what it cannot do', () => {
    const net = sampler();
    const before = net.fingerprint();
    const { x, y } = counting(2, 1, classes);
    expect(() => net.trainOnBatch(x, [y[0], y[1].map(() => classes)])).toThrow(
      `trainOnBatch: sampledSoftmax: target of sample 1, step 0 is ${classes}, expected an integer class from 0 to 199`,
    );
    expect(net.fingerprint()).toBe(before);
    expect(() => net.compile({ loss: 'sparseCategoricalCrossentropy' })).toThrow(ValueError);
    expect(() => sampledSoftmax({ units: 10, numSampled: 10 })).toThrow(
      'sampledSoftmax: numSampled must be a whole number of at least 1 and at most 9, got 10',
    );
    expect(() => sampledSoftmax({ numSampled: 3 })).toThrow(ValueError);
    expect(() =>
      sampledSoftmax({ numSampled: 3, tiedTo: embedding({ inputDim: 9, outputDim: 2 }) as never }),
    ).toThrow(ValueError);
    const table = reversibleEmbedding({ inputDim: 9, outputDim: 2 });
    expect(() => sampledSoftmax({ units: 8, numSampled: 3, tiedTo: table })).toThrow(ValueError);
    expect(() =>
      sequential([
        input({ shape: [T] }),
        table,
        dense({ units: 3 }),
        sampledSoftmax({ numSampled: 3, tiedTo: table }),
      ]),
    ).toThrow(ShapeError);
    expect(() => activation({ activation: 'sampledSoftmax' as never })).toThrow(UnknownNameError);
  });
});
