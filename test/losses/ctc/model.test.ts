import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  activation,
  bidirectional,
  ctc,
  DataError,
  dense,
  embedding,
  input,
  load,
  lstm,
  type Model,
  metrics,
  NonFiniteLossError,
  ShapeError,
  sequential,
  timeDistributed,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { testRandom } from '../../harness/random.js';
import { ctcLoss, logSoftmax } from '../../harness/reference/ctc.js';
import { prepareThreads, shareEverything, threadsReady } from '../../harness/threads.js';

const T = 12;
const CLASSES = 5;

/** Sequences that show each class of a label for two or three steps, with noise, and their labels. */
function draw(seed: number, count: number) {
  const next = testRandom(seed);
  const lengths: number[] = [];
  const labels: number[][] = [];
  const x = Array.from({ length: count }, () => {
    const rows: number[][] = [];
    const label = Array.from({ length: 1 + Math.floor(next() * 3) }, () => 1 + Math.floor(next() * 4));
    for (const y of label) {
      for (let n = 2 + Math.floor(next() * 2); n > 0; n--) {
        rows.push(Array.from({ length: 4 }, (_, k) => (k + 1 === y ? 1 : 0) + 0.3 * (next() - 0.5)));
      }
      rows.push([0, 0, 0, 0]);
    }
    lengths.push(Math.min(T, rows.length));
    labels.push(label);
    return [...rows, ...Array.from({ length: T }, () => [7, 7, 7, 7])].slice(0, T);
  });
  return { x, labels, lengths };
}

function reader(options: object = {}, threads = 1): Model {
  const net = sequential(
    [
      input({ shape: [null, 4] }),
      bidirectional({ layer: lstm({ units: 8, returnSequences: true }) }),
      dense({ units: CLASSES, activation: 'softmax' }),
    ],
    { seed: 3, threads },
  );
  net.compile({ optimizer: 'adam', loss: ctc(options), metrics: ['labelErrorRate'] });
  net.learningRate = 0.02;
  return net;
}

describe('a model trained with ctc', () => {
  it('has the loss of the reference, learns, and is saved with it', async () => {
    const net = reader();
    const { x, labels, lengths } = draw(1, 64);
    const { data } = net.predict(x, { lengths });
    const losses = labels.map((label, s) => {
      const rows = Array.from({ length: lengths[s] }, (_, t) =>
        [...data.subarray((s * T + t) * CLASSES, (s * T + t + 1) * CLASSES)].map(Math.log),
      );
      return ctcLoss(rows.map(logSoftmax), label, 0);
    });
    const before = net.evaluate(x, labels, { lengths });
    expect(before.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 64, 4);
    await net.fit(x, labels, { lengths, epochs: 25, batchSize: 16, verbose: 0 });
    const held = draw(2, 64);
    const after = net.evaluate(held.x, held.labels, { lengths: held.lengths });
    expect(after.labelErrorRate).toBeLessThan(0.05);
    const again = load(net.save());
    expect(again.evaluate(held.x, held.labels, { lengths: held.lengths })).toEqual(after);
    for (const one of [net, again])
      await one.fit(x, labels, { lengths, epochs: 1, batchSize: 16, verbose: 0 });
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('weighs samples, and takes labels in lists, padded and as tensors alike', () => {
    const { x, labels, lengths } = draw(4, 6);
    const longest = Math.max(...labels.map((label) => label.length)) + 2;
    const padded = labels.map((label) => Array.from({ length: longest }, (_, i) => label[i] ?? 0));
    const net = reader();
    const loss = net.evaluate(x, labels, { lengths }).loss;
    expect(net.evaluate(x, padded, { lengths }).loss).toBe(loss);
    const each = labels.map((_, s) => net.evaluate([x[s]], [labels[s]], { lengths: [lengths[s]] }).loss);
    const sampleWeight = [1, 0, 2, 0.5, 1, 3];
    const weighted = net.evaluate(x, labels, { lengths, sampleWeight }).loss;
    expect(weighted).toBeCloseTo(sampleWeight.reduce((sum, w, s) => sum + w * each[s], 0) / 6, 5);
    expect(net.memoryReport(8, [[T, 4]]).total).toBeGreaterThan(0);
  });

  it('takes probabilities where they come from elsewhere', () => {
    const own = (layers: ReturnType<typeof dense>[], options: object) => {
      const net = sequential([input({ shape: [T, 4] }), ...layers], { seed: 5 });
      net.compile({ loss: ctc(options) });
      return net;
    };
    const { x, labels } = draw(6, 5);
    const soft = dense({ units: CLASSES, activation: 'softmax' });
    const expected = own([soft], {}).evaluate(x, labels).loss;
    const logits = own([dense({ units: CLASSES })], { fromLogits: true });
    expect(logits.evaluate(x, labels).loss).toBe(expected);
    const inner = own([timeDistributed({ layer: dense({ units: CLASSES, activation: 'softmax' }) })], {});
    expect(inner.evaluate(x, labels).loss).toBeCloseTo(expected, 4);
    inner.trainOnBatch(x, labels);
    expect(inner.evaluate(x, labels).loss).toBeLessThan(expected);
    const plain = own([dense({ units: CLASSES }), activation({ activation: 'softmax' })], {});
    expect(plain.evaluate(x, labels).loss).toBe(expected);
  });

  it('has the same bits on several threads', async () => {
    const restore = shareEverything();
    try {
      await prepareThreads(3);
      const { x, labels, lengths } = draw(8, 37);
      const run = async (threads: number) => {
        const net = reader({}, threads);
        await threadsReady(net);
        expect(net.threads).toBe(threads);
        const { history } = await net.fit(x, labels, { lengths, epochs: 2, batchSize: 16, verbose: 0 });
        net.close();
        return [net.fingerprint(), JSON.stringify(history)];
      };
      const alone = await run(1);
      expect(await run(2)).toEqual(alone);
      expect(await run(3)).toEqual(alone);
    } finally {
      restore();
    }
  });
});

describe('ctc refuses', () => {
  let net: Model;
  let before: string;
  const { x } = draw(9, 2);
  beforeAll(() => {
    net = reader();
    before = net.fingerprint();
  });
  afterAll(() => expect(net.fingerprint()).toBe(before));
  const training =
    (y: unknown, options: object = {}) =>
    () =>
      net.trainOnBatch(x, y as never, options);

  it('labels that cannot be', () => {
    expect(training([[1, 2], [5]])).toThrow(
      'trainOnBatch: ctc: target of sample 1, column 0 is 5, expected a class from 0 to 4, or 0 for padding',
    );
    expect(training([[1, 2], [1.5]])).toThrow(DataError);
    expect(training([[1, -1], [1]])).toThrow(/sample 0, column 1 is -1|sample 0.*is -1/);
    expect(
      training([
        [1, 0, 2],
        [1, 1, 1],
      ]),
    ).toThrow(/sample 0.* is 2, expected 0, since what follows padding/);
    expect(training([[1, 2]])).toThrow(
      new ShapeError('trainOnBatch: targets have shape [1, 2], expected [2, labels] for ctc'),
    );
    expect(training([[[1]], [[2]]])).toThrow(ShapeError);
  });

  it('labels longer than their sequence can say, by name of the sample', () => {
    const long = [[1], [1, 1, 2, 2, 3, 3, 4, 4, 1]];
    expect(training(long)).toThrow(
      'trainOnBatch: ctc: the label of sample 1 needs 13 steps, its sequence has 12; ' +
        'zeroInfinity: true lets such samples count for nothing',
    );
    expect(training([[1], [1, 1]], { lengths: [5, 2] })).toThrow(
      'sample 1 needs 3 steps, its sequence has 2',
    );
    expect(training([[1], [1, 1]], { lengths: [5, 3] })).not.toThrow();
    before = net.fingerprint();
    const free = reader({ zeroInfinity: true });
    const { loss } = free.evaluate([x[0]], [long[0]]);
    expect(free.evaluate(x, long).loss).toBeCloseTo(loss / 2, 5);
  });

  it('the same where only the program knows which steps are left', async () => {
    const gappy = sequential(
      [
        input({ shape: [T] }),
        embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
        dense({ units: CLASSES, activation: 'softmax' }),
      ],
      { seed: 1 },
    );
    gappy.compile({ loss: 'ctc' });
    const own = gappy.fingerprint();
    const ids = [Array(T).fill(3), [1, 0, 0, 0, 0, 2, ...Array(6).fill(0)]];
    const labels = [[1], [1, 2, 3]];
    expect(() => gappy.trainOnBatch(ids, labels)).toThrow(
      'trainOnBatch: the loss is Infinity: ctc: the steps of sample 1 that count cannot say its label; nothing was updated',
    );
    await expect(gappy.fit(ids, labels, { verbose: 0 })).rejects.toThrow(NonFiniteLossError);
    expect(gappy.fingerprint()).toBe(own);
  });

  it('weights of steps and of classes', () => {
    const y = [[1], [2]];
    expect(training(y, { sampleWeight: [Array(T).fill(1), Array(T).fill(1)] })).toThrow(ShapeError);
    expect(training(y, { classWeight: { 1: 2 } })).toThrow(
      'trainOnBatch: classWeight is for losses over rows, this one is over whole sequences',
    );
  });

  it('outputs and metrics that do not suit, and options out of range', () => {
    const compiled =
      (layers: ReturnType<typeof dense>[], options: object = {}, list: string[] = []) =>
      () =>
        sequential([input({ shape: [T, 4] }), ...layers]).compile({
          loss: ctc(options),
          metrics: list as never,
        });
    const soft = dense({ units: 3, activation: 'softmax' });
    expect(compiled([lstm({ units: 4 }), soft])).toThrow(
      "compile: ctc: output 'dense' has shape [batch, 3], expected [batch, time, classes]",
    );
    expect(compiled([soft], { maskIndex: 3 })).toThrow('has 3 classes, so that maskIndex 3 is none of them');
    expect(compiled([dense({ units: 3 })])).toThrow(
      "compile: ctc: output 'dense' has activation 'linear', which gives no probabilities: let it be 'softmax', or " +
        'take ctc({ fromLogits: true })',
    );
    expect(compiled([soft], {}, ['accuracy'])).toThrow(ShapeError);
    expect(() => {
      const rows = sequential([input({ shape: [4] }), dense({ units: 3, activation: 'softmax' })]);
      rows.compile({ loss: 'categoricalCrossentropy', metrics: [metrics.labelErrorRate()] });
    }).toThrow(ShapeError);
    expect(() => ctc({ maskIndex: -1 })).toThrow(ValueError);
    expect(() => ctc({ blank: 0 } as never)).toThrow(UnknownNameError);
  });
});
