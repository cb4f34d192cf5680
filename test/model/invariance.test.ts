// A sample has the same bits alone, in a batch of any size, and fed one time step at a time.
import { describe, expect, it } from 'vitest';
import {
  dense,
  dropout,
  embedding,
  gru,
  input,
  type Layer,
  lstm,
  type Model,
  sequential,
  simpleRNN,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../harness/bits.js';
import { testData, testRandom } from '../harness/random.js';

const N = 13;
const T = 7;
const SIZES = [1, 3, 5, 8, 17, 33];

type Make = (units: number, returnSequences: boolean) => Layer;

const CELLS: Record<string, Make> = {
  simpleRNN: (units, returnSequences) => simpleRNN({ units, returnSequences }),
  'simpleRNN selu': (units, returnSequences) =>
    simpleRNN({ units, returnSequences, activation: 'selu', useBias: false }),
  lstm: (units, returnSequences) => lstm({ units, returnSequences }),
  'lstm relu': (units, returnSequences) =>
    lstm({ units, returnSequences, activation: 'relu', recurrentActivation: 'hardSigmoid', useBias: false }),
  gru: (units, returnSequences) => gru({ units, returnSequences }),
  'gru resetAfter false': (units, returnSequences) => gru({ units, returnSequences, resetAfter: false }),
  'gru updateGate candidate': (units, returnSequences) =>
    gru({ units, returnSequences, updateGate: 'candidate', useBias: false }),
};

/** Predicts all samples at once, in batches of every size, and one at a time: all the same bits. */
function expectBatchInvariant(net: Model, x: Float32Array, shape: readonly number[]): void {
  const all = net.predict(tensor(x, [N, ...shape]), { batchSize: N });
  expect(all.data.every(Number.isFinite)).toBe(true);
  for (let batchSize = 1; batchSize < N; batchSize++) {
    const { data } = net.predict(tensor(x, [N, ...shape]), { batchSize });
    expect(bitsOf(data), `batches of ${batchSize}`).toEqual(bitsOf(all.data));
  }
  for (let s = 0; s < N; s++) {
    const alone = net.predict(tensor(samplesOf(x, N, s), [1, ...shape]));
    expect(bitsOf(alone.data), `sample ${s}`).toEqual(bitsOf(samplesOf(all.data, N, s)));
  }
}

/** Outputs at every step [N, T, O]: those of the sequence, or the last ones of its first 1, 2, ... T steps. */
function everyOutput(
  net: Model,
  x: Float32Array,
  frame: readonly number[],
  sequences: boolean,
): Float32Array {
  if (sequences) return net.predict(tensor(x, [N, T, ...frame])).data;
  const floats = x.length / (N * T);
  const outputs = Array.from({ length: T }, (_, t) => {
    const length = (t + 1) * floats;
    const start = new Float32Array(N * length);
    for (let s = 0; s < N; s++) start.set(samplesOf(x, N, s).subarray(0, length), s * length);
    return net.predict(tensor(start, [N, t + 1, ...frame])).data;
  });
  const O = outputs[0].length / N;
  const all = new Float32Array(N * T * O);
  outputs.forEach((y, t) => {
    for (let s = 0; s < N; s++) all.set(samplesOf(y, N, s), (s * T + t) * O);
  });
  return all;
}

/** Streams every sample alone, and all side by side. */
function expectStreamInvariant(
  net: Model,
  x: Float32Array,
  frame: readonly number[],
  sequences: boolean,
): void {
  const expected = everyOutput(net, x, frame, sequences);
  const O = expected.length / (N * T);
  const single = net.stream();
  const alone = new Float32Array(expected.length);
  for (let s = 0; s < N; s++) {
    single.reset();
    for (let t = 0; t < T; t++) {
      alone.set(single.step(samplesOf(samplesOf(x, N, s), T, t)), (s * T + t) * O);
    }
  }
  expect(bitsOf(alone), 'alone').toEqual(bitsOf(expected));
  const wide = net.stream({ batchSize: N });
  const together = new Float32Array(expected.length);
  const frames = new Float32Array(x.length / T);
  for (let t = 0; t < T; t++) {
    const frameAt = (s: number) => samplesOf(samplesOf(x, N, s), T, t);
    for (let s = 0; s < N; s++) frames.set(frameAt(s), s * frameAt(s).length);
    const y = wide.step(frames);
    for (let s = 0; s < N; s++) together.set(samplesOf(y, N, s), (s * T + t) * O);
  }
  expect(bitsOf(together), 'side by side').toEqual(bitsOf(expected));
}

describe.each(Object.entries(CELLS))('%s', (_, cell) => {
  it.each(SIZES)('of %i units: batches and stream', (units) => {
    const I = 5;
    const net = sequential([input({ shape: [null, I] }), cell(units, true)]);
    giveWeights(net, units);
    const x = testData(units + 1, N * T * I);
    expectBatchInvariant(net, x, [T, I]);
    expectStreamInvariant(net, x, [I], true);
  });

  it.each(SIZES)('of 6 units on %i features: batches and stream, last output', (I) => {
    const net = sequential([input({ shape: [null, I] }), cell(6, false)]);
    giveWeights(net, I);
    const x = testData(I + 2, N * T * I);
    expectBatchInvariant(net, x, [T, I]);
    expectStreamInvariant(net, x, [I], false);
  });
});

describe('stacks', () => {
  const I = 4;

  it.each(SIZES)('cells of %i units, a dense layer at each step, softmax', (units) => {
    const net = sequential([
      input({ shape: [null, I] }),
      ...Object.values(CELLS).map((cell) => cell(units, true)),
      dense({ units: 9, activation: 'gelu' }),
      dropout({ rate: 0.4 }),
      dense({ units, activation: 'softmax' }),
    ]);
    giveWeights(net, units + 40);
    const x = testData(units + 3, N * T * I);
    expectBatchInvariant(net, x, [T, I]);
    expectStreamInvariant(net, x, [I], true);
  });

  it.each(SIZES)('cells of %i units, dense head on the last output', (units) => {
    const cells = Object.values(CELLS);
    const net = sequential([
      input({ shape: [null, I] }),
      ...cells.map((cell, i) => cell(units + i, i < cells.length - 1)),
      dense({ units: 5, activation: 'tanh' }),
      dense({ units: 3, activation: 'logSoftmax' }),
    ]);
    giveWeights(net, units + 60);
    const x = testData(units + 4, N * T * I);
    expectBatchInvariant(net, x, [T, I]);
    expectStreamInvariant(net, x, [I], false);
  });

  it.each(SIZES)('embedding of %i columns', (outputDim) => {
    const V = 11;
    const net = sequential([
      input({ shape: [null] }),
      embedding({ inputDim: V, outputDim }),
      ...Object.values(CELLS).map((cell) => cell(outputDim, true)),
      dense({ units: 4, activation: 'sigmoid' }),
    ]);
    giveWeights(net, outputDim + 80);
    const next = testRandom(outputDim);
    const ids = Float32Array.from({ length: N * T }, () => Math.floor(V * next()));
    expectBatchInvariant(net, ids, [T]);
    expectStreamInvariant(net, ids, [], true);
  });
});
