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

/**
 * Streams every sample alone and all side by side. A model that gives each step's output must give it at each
 * step; one that gives the last must, at step t, give what it gives for the first t steps.
 */
function expectStreamInvariant(net: Model, x: Float32Array, frame: number, everyStep: boolean): void {
  const shape = (t: number): number[] => (frame === 0 ? [N, t] : [N, t, frame]);
  const floats = Math.max(frame, 1);
  const at = (s: number, t: number): Float32Array =>
    x.subarray((s * T + t) * floats, (s * T + t + 1) * floats);
  const prefix = (steps: number): Float32Array =>
    Float32Array.from({ length: N * steps * floats }, (_, i) => {
      const s = Math.floor(i / (steps * floats));
      return x[s * T * floats + (i % (steps * floats))];
    });
  const whole = net.predict(tensor(x, shape(T))).data;
  const O = whole.length / N / (everyStep ? T : 1);
  const want = (s: number, t: number): Uint32Array => {
    if (everyStep) return bitsOf(whole.subarray((s * T + t) * O, (s * T + t + 1) * O));
    return bitsOf(net.predict(tensor(prefix(t + 1), shape(t + 1))).data.subarray(s * O, (s + 1) * O));
  };
  const alone = net.stream();
  for (let s = 0; s < N; s++) {
    alone.reset();
    for (let t = 0; t < T; t++) {
      expect(bitsOf(alone.step(at(s, t))), `sample ${s}, step ${t}`).toEqual(want(s, t));
    }
  }
  const together = net.stream({ batchSize: N });
  for (let t = 0; t < T; t++) {
    const frames = Float32Array.from(
      { length: N * floats },
      (_, i) => at(Math.floor(i / floats), t)[i % floats],
    );
    const y = together.step(frames).slice();
    for (let s = 0; s < N; s++) {
      expect(bitsOf(samplesOf(y, N, s)), `${s} of ${N}, step ${t}`).toEqual(want(s, t));
    }
  }
}

describe.each(Object.entries(CELLS))('%s', (_, cell) => {
  it.each(SIZES)('of %i units: batches and stream', (units) => {
    const I = 5;
    const net = sequential([input({ shape: [null, I] }), cell(units, true)]);
    giveWeights(net, units);
    const x = testData(units + 1, N * T * I);
    expectBatchInvariant(net, x, [T, I]);
    expectStreamInvariant(net, x, I, true);
  });

  it.each(SIZES)('of 6 units on %i features: batches and stream, last output', (I) => {
    const net = sequential([input({ shape: [null, I] }), cell(6, false)]);
    giveWeights(net, I);
    const x = testData(I + 2, N * T * I);
    expectBatchInvariant(net, x, [T, I]);
    expectStreamInvariant(net, x, I, false);
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
    expectStreamInvariant(net, x, I, true);
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
    expectStreamInvariant(net, x, I, false);
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
    expectStreamInvariant(net, ids, 0, true);
  });
});
