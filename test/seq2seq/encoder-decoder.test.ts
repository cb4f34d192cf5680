import { describe, expect, it } from 'vitest';
import {
  adam,
  type CellName,
  type EncoderDecoderOptions,
  encoderDecoder,
  generate,
  generateFrames,
  load,
  lstm,
  type Model,
  type Tensor,
  teacherForcing,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../harness/bits.js';
import { checkModel } from '../harness/gradient.js';
import { testData } from '../harness/random.js';
import { sources } from './models.js';

const CELLS: CellName[] = ['lstm', 'gru', 'simpleRNN', 'mgu', 'indRnn', 'minGru', 'minLstm', 'sru'];

const FORMS: Partial<EncoderDecoderOptions>[] = [
  {},
  { attention: 'dot' },
  { attention: 'additive' },
  { attention: 'general', bidirectional: true, layers: 2 },
];

const base = { units: 5, sourceVocabularySize: 7, targetVocabularySize: 6, seed: 2 };

const N = 4;
const answers = [[3, 4], [5], [3, 3, 4, 5, 3], []];
const pair = () => teacherForcing(sources(N, 5), answers, { startToken: 1, stopToken: 2 });

describe.each(CELLS)('an encoder-decoder of %s', (cell) => {
  it.each(FORMS)('trains, comes back from a file, and writes with the bits of predict: %j', (form) => {
    const net = encoderDecoder({ ...base, ...form, cell });
    net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' });
    const [x, y] = pair();
    const { loss } = net.trainOnBatch(x, y);
    expect(net.trainOnBatch(x, y).loss).toBeLessThan(loss);
    const again = load(net.save()) as unknown as Model;
    expect(again.trainOnBatch(x, y)).toEqual(net.trainOnBatch(x, y));
    const stream = net.stream({ stepInput: 'target', batchSize: N });
    stream.start({ source: x.source });
    const whole = net.predict({ source: x.source, target: x.target });
    const [, T, V] = whole.shape;
    for (let t = 0; t < T; t++) {
      const frame = Float32Array.from({ length: N }, (_, s) => x.target.data[s * T + t]);
      const got = Float32Array.from(stream.step(frame));
      for (let s = 0; s < N; s++) {
        if (frame[s] === 0) continue; // behind the end
        const expected = samplesOf(samplesOf(whole.data, N, s), T, t);
        expect(bitsOf(got.slice(s * V, (s + 1) * V))).toEqual(bitsOf(expected));
      }
    }
  });
});

/** Largest difference from f64 of predictions, loss and gradients. Measured: 3.9e-7. */
const MAX_DIFFERENCE = 1e-6;

describe('encoderDecoder', () => {
  it.each([
    { attention: 'general', bidirectional: true },
    { attention: 'dot', layers: 2 },
  ] as const)('has the gradients of f64: %j', (form) => {
    const net = encoderDecoder({ ...form, cell: 'gru', units: 3, sourceFeatures: 2, targetFeatures: 2 });
    giveWeights(net, 3);
    net.compile({ optimizer: adam(), loss: 'meanSquaredError' });
    const frames = (seed: number, steps: number) => tensor(testData(seed, 3 * steps * 2), [3, steps, 2]);
    const [{ source, target }, y] = teacherForcing(frames(1, 4), frames(2, 3));
    const { forward, loss, gradients } = checkModel(net, [source, target] as Tensor[], y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
  });

  it('begins the decoder where the encoder ends: another source, another output', () => {
    for (const form of FORMS) {
      const net = encoderDecoder({ ...base, ...form });
      const target = tensor([1, 1], [2, 1]);
      const { data } = net.predict({ source: tensor([1, 2, 3, 3, 2, 2], [2, 3]), target });
      expect(samplesOf(data, 2, 0)).not.toEqual(samplesOf(data, 2, 1));
    }
  });

  it('takes a layer of ones own, with options of its own', () => {
    const net = encoderDecoder({
      ...base,
      cell: (options) => lstm({ ...options, peephole: true }),
      layers: 2,
    });
    const names = Object.keys(net.getWeights());
    expect(names).toContain('encoder.peepholeKernel');
    expect(names).toContain('decoder_1.peepholeKernel');
    expect(names.filter((name) => name.startsWith('bridge'))).toEqual([]);
  });

  it('is of sequences of features too, trained by teacher forcing and written on by itself', async () => {
    const net = encoderDecoder({
      cell: 'gru',
      units: 24,
      sourceFeatures: 1,
      targetFeatures: 1,
      seed: 1,
    });
    const [n, S, T] = [64, 12, 8];
    const wave = (s: number, t: number) => Math.sin(0.3 * t + s);
    const source = tensor(
      Float32Array.from({ length: n * S }, (_, i) => wave(Math.floor(i / S), i % S)),
      [n, S, 1],
    );
    const answer = tensor(
      Float32Array.from({ length: n * T }, (_, i) => wave(Math.floor(i / T), S + (i % T))),
      [n, T, 1],
    );
    const [x, y] = teacherForcing(source, answer);
    expect(Array.from(x.target.data.slice(0, 3))).toEqual([0, answer.data[0], answer.data[1]]);
    net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
    await net.fit(x, y, { epochs: 60, batchSize: 16, verbose: 0 });
    const written = generateFrames(net, { source }, { maxLength: T });
    expect(written.shape).toEqual([n, T, 1]);
    const error = written.data.reduce((sum, v, i) => sum + (v - answer.data[i]) ** 2, 0) / (n * T);
    expect(error).toBeLessThan(0.02); // the variance of the wave is 0.5
    const first = net.predict({ source, target: tensor(new Float32Array(n), [n, 1, 1]) });
    expect(bitsOf(Float32Array.from({ length: n }, (_, s) => written.data[s * T]))).toEqual(
      bitsOf(first.data),
    );
  });

  it('learns to copy, and writes what it has learned', async () => {
    const net = encoderDecoder({ ...base, units: 16, attention: 'general', cell: 'gru', seed: 3 });
    net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
    const list = (i: number) =>
      Array.from({ length: 1 + (i % 3) }, (_, t) => 3 + ((i * (t + 2) * 7 + t) % 3));
    const lists = Array.from({ length: 60 }, (_, i) => list(i));
    const forced = teacherForcing(lists, lists, { startToken: 1, stopToken: 2 });
    await net.fit(...forced, { epochs: 40, batchSize: 20, verbose: 0 });
    const options = { maxLength: 5, startToken: 1, stopToken: 2 };
    const written = generate(net, { source: forced[0].source }, options);
    expect(written.map(({ tokens }) => tokens)).toEqual(lists);
    expect(written.every(({ stopped }) => stopped)).toBe(true);
  });

  it.each([
    [{ units: 0 }, 'encoderDecoder: units must be a whole number of at least 1, got 0'],
    [{ layers: 0 }, 'layers'],
    [{ cell: 'lstn' }, "unknown cell 'lstn'"],
    [{ cell: () => 3 }, 'cell must give a recurrent layer, got 3'],
    [{ cell: (o: object) => lstm({ ...o, units: 4, returnSequences: false }) }, 'encoder gives [batch, 4]'],
    [{ attention: 'loud' }, 'attention'],
    [{ attention: 'dot', bidirectional: true }, "'general' fits any"],
    [{ sourceFeatures: 3 }, 'expected one of sourceVocabularySize and sourceFeatures, got both'],
    [
      { targetVocabularySize: undefined },
      'expected one of targetVocabularySize and targetFeatures, got neither',
    ],
    [{ targetVocabularySize: 1 }, 'targetVocabularySize must be a whole number of at least 2'],
    [{ outputActivation: 'tanh' }, 'outputActivation is for targetFeatures'],
    [{ dropout: 1 }, 'dropout'],
    [{ heads: 1 }, 'heads'],
  ])('refuses %j', (options, message) => {
    expect(() => encoderDecoder({ ...base, ...options } as never)).toThrow(message);
  });
});

describe('teacherForcing', () => {
  it('puts the start token in front and the stop token behind, and pads', () => {
    const [{ source, target }, y] = teacherForcing([[4], [5, 6, 4]], answers.slice(0, 2), {
      startToken: 1,
      stopToken: 2,
    });
    expect(source).toEqual(tensor([4, 0, 0, 5, 6, 4], [2, 3]));
    expect(target).toEqual(tensor([1, 3, 4, 1, 5, 0], [2, 3]));
    expect(y).toEqual(tensor([3, 4, 2, 5, 2, 0], [2, 3]));
  });

  it('takes padded ids, and targets without an end', () => {
    const [{ target }, y] = teacherForcing(sources(2, 3), tensor([3, 4, 0, 5, 0, 0], [2, 3]), {
      startToken: 1,
    });
    expect(target).toEqual(tensor([1, 3, 1, 0], [2, 2]));
    expect(y).toEqual(tensor([3, 4, 5, 0], [2, 2]));
  });

  it.each([
    [[[1.5]], {}, 'list 0, step 0 is 1.5'],
    [[[-1]], {}, 'list 0, step 0 is -1'],
    [[[1]], { startToken: -1 }, 'startToken must be a whole number of at least 0'],
    [[[1]], { startToken: undefined }, 'tokens need a startToken'],
    [[[1]], { startToken: undefined, stopToken: 2 }, 'stopToken needs a startToken'],
    [[[1]], { stopTokens: 2 }, 'stopTokens'],
  ])('refuses %j, %j', (given, options, message) => {
    expect(() => teacherForcing(sources(1, 3), given, { startToken: 1, ...options } as never)).toThrow(
      message,
    );
  });
});
