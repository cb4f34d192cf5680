import { describe, expect, it } from 'vitest';
import {
  concatenate,
  dense,
  dropout,
  gru,
  input,
  load,
  lstm,
  type Model,
  model,
  sequential,
  sgd,
  subtract,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights } from '../harness/bits.js';
import { checkModel } from '../harness/gradient.js';
import { expectInvariant } from '../harness/layer-invariance.js';
import { testData } from '../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 9e-7. */
const MAX_DIFFERENCE = 5e-6;

const [B, T, I] = [3, 4, 2];
const data = (seed: number, shape: readonly number[]) =>
  tensor(
    testData(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );
const x = data(1, [B, T, I]);
const y = data(2, [B, 2]);

const encoder = (name?: string): Model =>
  sequential(
    [input({ shape: [T, I] }), lstm({ units: 3, returnSequences: true }), gru({ units: 4 })],
    name === undefined ? {} : { name, seed: 5 },
  );

function around(inner: Model): Model {
  const net = sequential([input({ shape: [T, I] }), inner, dense({ units: 2 })], { seed: 2 });
  net.compile({ optimizer: sgd({ learningRate: 0.3 }), loss: 'meanSquaredError' });
  return net;
}

function worst(net: Model, inputs: Parameters<typeof checkModel>[1], targets = y): number {
  const { forward, loss, gradients } = checkModel(net, inputs, targets);
  return Math.max(forward, loss, ...Object.values(gradients));
}

describe('a model as a layer', () => {
  it('carries its name in front of its layers, and computes what it computes alone', () => {
    const inner = encoder('encoder');
    const net = around(inner);
    expect(Object.keys(net.getWeights())).toEqual([
      'encoder.lstm.kernel',
      'encoder.lstm.recurrentKernel',
      'encoder.lstm.bias',
      'encoder.gru.kernel',
      'encoder.gru.recurrentKernel',
      'encoder.gru.bias',
      'dense.kernel',
      'dense.bias',
    ]);
    expect(net.summary()).toContain('encoder.gru (gru)');
    const tail = sequential([input({ shape: [4] }), dense({ units: 2 })]);
    tail.setWeights({
      'dense.kernel': net.getWeights()['dense.kernel'],
      'dense.bias': net.getWeights()['dense.bias'],
    });
    expect(bitsOf(net.predict(x).data)).toEqual(bitsOf(tail.predict(inner.predict(x)).data));
    expect(worst(net, x)).toBeLessThan(MAX_DIFFERENCE);
  });

  it('shares its weights: what either learns the other knows', () => {
    const inner = encoder('encoder');
    const net = around(inner);
    const other = around(inner);
    const stream = sequential([input({ shape: [null, 4] }), dense({ units: 1 })]);
    const streamed = sequential([stream]);
    const steps = streamed.stream();
    const before = inner.fingerprint();
    net.trainOnBatch(x, y);
    expect(inner.fingerprint()).not.toBe(before);
    for (const [name, { data: own }] of Object.entries(inner.getWeights())) {
      expect(bitsOf(net.getWeights()[`encoder.${name}`].data)).toEqual(bitsOf(own));
      expect(bitsOf(other.getWeights()[`encoder.${name}`].data)).toEqual(bitsOf(own));
    }
    giveWeights(inner, 8);
    expect(net.getWeights()['encoder.gru.bias']).toEqual(inner.getWeights()['gru.bias']);
    const loose = around(encoder('encoder'));
    loose.setWeights(net.getWeights());
    expect(bitsOf(net.predict(x).data)).toEqual(bitsOf(loose.predict(x).data));
    expect(net.trainOnBatch(x, y)).toEqual(loose.trainOnBatch(x, y));
    expect(net.fingerprint()).toBe(loose.fingerprint());
    const [old] = steps.step([1, 2, 3, 4]);
    stream.setWeights({ 'dense.bias': [10] });
    expect(steps.step([1, 2, 3, 4])[0]).toBeCloseTo(old + 10, 4);
  });

  it('goes back to the weights of the last epoch with the model around it when a loss is no number', async () => {
    const inner = encoder();
    const net = around(inner);
    const before = inner.fingerprint();
    const bad = data(2, [B, 2]);
    bad.data[0] = Number.NaN;
    await expect(net.fit(x, bad, { verbose: 0, checkFinite: false })).rejects.toThrow(/loss became NaN/);
    expect(inner.fingerprint()).toBe(before);
  });

  it('applied twice, gets the sum of both gradients', () => {
    const inner = encoder('twin');
    const [a, b] = [input({ shape: [T, I], name: 'a' }), input({ shape: [T, I], name: 'b' })];
    const apart = subtract().apply([inner.apply(a), inner.apply(b)]);
    const net = model({ inputs: [a, b], outputs: dense({ units: 2 }).apply(apart), seed: 3 });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const inputs = [x, data(6, [B, T, I])];
    expect(Object.keys(net.getWeights()).length).toBe(8);
    expect(net.summary()).toContain('shared');
    expect(worst(net, inputs)).toBeLessThan(MAX_DIFFERENCE);
    const again = load(net.save());
    for (const one of [net, again]) for (let i = 0; i < 3; i++) one.trainOnBatch(inputs, y);
    expect(again.fingerprint()).toBe(net.fingerprint());
    expect(Object.keys(again.getWeights())).toEqual(Object.keys(net.getWeights()));
  });

  it('keeps its weights when it is not trainable', () => {
    const inner = encoder('encoder');
    inner.trainable = false;
    const net = around(inner);
    const before = inner.fingerprint();
    const head = net.getWeights()['dense.kernel'];
    net.trainOnBatch(x, y);
    expect(inner.fingerprint()).toBe(before);
    expect(net.getWeights()['dense.kernel']).not.toEqual(head);
    expect(net.summary()).toContain('Trainable params: 10\n');
    expect(load(net.save()).summary()).toBe(net.summary());
  });

  it('goes into models that go into models', () => {
    const inner = encoder('encoder');
    const middle = sequential([inner, dense({ units: 3, name: 'head' })], { name: 'middle' });
    const net = around(middle);
    expect(Object.keys(net.getWeights())[0]).toBe('middle.encoder.lstm.kernel');
    net.trainOnBatch(x, y);
    expect(inner.getWeights()['lstm.kernel']).toEqual(net.getWeights()['middle.encoder.lstm.kernel']);
    giveWeights(inner, 4);
    expect(net.getWeights()['middle.encoder.gru.bias']).toEqual(inner.getWeights()['gru.bias']);
    expect(worst(net, x)).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives all outputs of a model with several', () => {
    const start = input({ shape: [T, I] });
    const parts = lstm({ units: 3, returnState: true }).applyAll(start);
    const inner = model({ inputs: start, outputs: parts, name: 'parts' });
    const given = input({ shape: [T, I] });
    const joined = concatenate().apply(inner.applyAll(given));
    const net = model({ inputs: given, outputs: dense({ units: 2 }).apply(joined) });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    expect(worst(net, x)).toBeLessThan(MAX_DIFFERENCE);
  });

  it('streams, and has the same bits in any batch', () => {
    const inner = sequential([
      input({ shape: [null, I] }),
      gru({ units: 3, returnSequences: true }),
      dropout({ rate: 0.5 }),
    ]);
    const net = sequential([inner, dense({ units: 2 })]);
    giveWeights(net, 3);
    expectInvariant(net, x, true);
  });

  it.each([
    [
      'inputs of another shape',
      () => encoder('e').apply(input({ shape: [T, 5] })),
      /e: input 'input' has shape \[batch, 4, 5\]/,
    ],
    ['another number of inputs', () => encoder('e').apply([]), /e: applied to 0 inputs, expected 1/],
    ['what is no symbolic tensor', () => encoder('e').apply(3 as never), /e: inputs must be a list/],
    [
      'two models of one name',
      () => {
        const given = input({ shape: [T, I] });
        const both = [encoder('e').apply(given), encoder('e').apply(given)];
        return model({ inputs: given, outputs: concatenate().apply(both) });
      },
      /two models are named 'e'/,
    ],
  ])('refuses %s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('a layer used twice', () => {
  const shared = (length: number | null): Model => {
    const start = input({ shape: [length, I] });
    const layer = gru({ units: 3, returnSequences: true, name: 'shared' });
    const front = dense({ units: 3 }).apply(start);
    const twice = layer.apply(layer.apply(front));
    return model({ inputs: start, outputs: dense({ units: 2 }).apply(twice), seed: 6 });
  };

  it('gets the sum of both gradients, and keeps its name once', () => {
    const net = shared(T);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    expect(worst(net, x, data(3, [B, T, 2]))).toBeLessThan(MAX_DIFFERENCE);
    expect(Object.keys(net.getWeights()).filter((name) => name.startsWith('shared')).length).toBe(3);
  });

  it('streams with a state for each use', () => {
    expectInvariant(shared(null), x, true);
  });

  it('trains on with the same bits after saving and loading', () => {
    const net = shared(T);
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const target = data(3, [B, T, 2]);
    net.trainOnBatch(x, target);
    const again = load(net.save());
    for (const one of [net, again]) for (let i = 0; i < 3; i++) one.trainOnBatch(x, target);
    expect(again.fingerprint()).toBe(net.fingerprint());
  });
});
