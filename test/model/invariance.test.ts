// A sample has the same bits alone, in a batch of any size, and fed one time step at a time.
import { describe, it } from 'vitest';
import {
  dense,
  dropout,
  embedding,
  gru,
  input,
  type Layer,
  lstm,
  minGru,
  minLstm,
  prepare,
  type SequenceOptions,
  sequential,
  simpleRNN,
  sru,
} from '../../src/index.js';
import { giveWeights } from '../harness/bits.js';
import {
  expectBatchInvariant,
  expectPiecesInvariant,
  expectStreamInvariant,
  N,
  T,
} from '../harness/invariance.js';
import { testData, testRandom } from '../harness/random.js';

const SIZES = [1, 3, 5, 8, 17, 33];

type Make = (options: SequenceOptions) => Layer;

const CELLS: Record<string, Make> = {
  simpleRNN,
  'simpleRNN selu': (options) => simpleRNN({ ...options, activation: 'selu', useBias: false }),
  lstm,
  'lstm relu': (options) =>
    lstm({ ...options, activation: 'relu', recurrentActivation: 'hardSigmoid', useBias: false }),
  gru,
  'gru resetAfter false': (options) => gru({ ...options, resetAfter: false }),
  'gru updateGate candidate': (options) => gru({ ...options, updateGate: 'candidate', useBias: false }),
  minGru,
  'minGru of g': (options) => minGru({ ...options, activation: 'g' }),
  minLstm,
  sru,
  'sru of tanh': (options) => sru({ ...options, activation: 'tanh', peephole: false }),
};

/** Portable, and relaxed where the engine has it. */
const NUMERICS = [...new Set(['portable', (await prepare({ numerics: 'relaxed' })).numerics] as const)];

describe.each(NUMERICS)('%s', (numerics) => {
  describe.each(Object.entries(CELLS))('%s', (_, cell) => {
    it.each(SIZES)('of %i units: batches and stream', (units) => {
      const I = 5;
      const net = sequential([input({ shape: [null, I] }), cell({ units, returnSequences: true })], {
        numerics,
      });
      giveWeights(net, units);
      const x = testData(units + 1, N * T * I);
      expectBatchInvariant(net, x, [T, I]);
      expectStreamInvariant(net, x, [I], true);
    });

    it.each(SIZES)('of 6 units on %i features: batches and stream, last output', (I) => {
      const net = sequential([input({ shape: [null, I] }), cell({ units: 6 })], { numerics });
      giveWeights(net, I);
      const x = testData(I + 2, N * T * I);
      expectBatchInvariant(net, x, [T, I]);
      expectStreamInvariant(net, x, [I], false);
    });

    it.each(SIZES)('of %i units, stateful: a sequence in pieces', (units) => {
      const I = 3;
      const [pieces, whole] = [true, false].map((stateful) => {
        const layers = [0, 1].map(() => cell({ units, returnSequences: true, stateful }));
        const net = sequential([input({ shape: [null, I] }), ...layers], { numerics });
        giveWeights(net, units + 20);
        return net;
      });
      expectPiecesInvariant(pieces, whole, testData(units + 5, N * T * I), [I]);
    });
  });

  describe('stacks', () => {
    const I = 4;

    it.each(SIZES)('cells of %i units, a dense layer at each step, softmax', (units) => {
      const net = sequential(
        [
          input({ shape: [null, I] }),
          ...Object.values(CELLS).map((cell) => cell({ units, returnSequences: true })),
          dense({ units: 9, activation: 'gelu' }),
          dropout({ rate: 0.4 }),
          dense({ units, activation: 'softmax' }),
        ],
        { numerics },
      );
      giveWeights(net, units + 40);
      const x = testData(units + 3, N * T * I);
      expectBatchInvariant(net, x, [T, I]);
      expectStreamInvariant(net, x, [I], true);
    });

    it.each(SIZES)('cells of %i units, dense head on the last output', (units) => {
      const cells = Object.values(CELLS);
      const net = sequential(
        [
          input({ shape: [null, I] }),
          ...cells.map((cell, i) => cell({ units: units + i, returnSequences: i < cells.length - 1 })),
          dense({ units: 5, activation: 'tanh' }),
          dense({ units: 3, activation: 'logSoftmax' }),
        ],
        { numerics },
      );
      giveWeights(net, units + 60);
      const x = testData(units + 4, N * T * I);
      expectBatchInvariant(net, x, [T, I]);
      expectStreamInvariant(net, x, [I], false);
    });

    it.each(SIZES)('embedding of %i columns', (outputDim) => {
      const V = 11;
      const net = sequential(
        [
          input({ shape: [null] }),
          embedding({ inputDim: V, outputDim }),
          ...Object.values(CELLS).map((cell) => cell({ units: outputDim, returnSequences: true })),
          dense({ units: 4, activation: 'sigmoid' }),
        ],
        { numerics },
      );
      giveWeights(net, outputDim + 80);
      const next = testRandom(outputDim);
      const ids = Float32Array.from({ length: N * T }, () => Math.floor(V * next()));
      expectBatchInvariant(net, ids, [T]);
      expectStreamInvariant(net, ids, [], true);
    });
  });
});
