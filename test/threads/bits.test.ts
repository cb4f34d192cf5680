import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  conv1d,
  conv1dTranspose,
  convGru1d,
  convLstm1d,
  convRnn1d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling1d,
  gru,
  highway,
  indRnn,
  input,
  type Layer,
  lstm,
  maxPooling1d,
  mgu,
  minGru,
  minLstm,
  multiHeadAttention,
  nadam,
  type Optimizer,
  positionEmbedding,
  residual,
  rmsprop,
  rnn,
  rotaryEmbedding,
  type Shape,
  type SymbolicTensor,
  separableConv1d,
  sequential,
  sgd,
  simpleRNN,
  sru,
  type Tensor,
  tcn,
  tensor,
  transformerEncoder,
} from '../../src/index.js';
import { sha256Hex } from '../../src/numeric/sha256.js';
import { ownGru, ownLstm } from '../harness/own-cells.js';
import { testData } from '../harness/random.js';
import { prepareThreads, shareEverything, threadsReady } from '../harness/threads.js';

/** In a browser one number: how calls are shared out is the same code. */
const THREADS = typeof document === 'undefined' ? [2, 3, 4] : [3];
/** Of about 130 programs in a case most run on all threads; a few may come before the workers are ready. */
const ENOUGH_RUNS = 60;

interface Case {
  readonly layers: () => (Layer | SymbolicTensor)[];
  readonly inputs: Shape;
  readonly outputs: number;
  /** Inputs are whole numbers below this. */
  readonly ids?: number;
  readonly optimizer?: () => Optimizer;
  readonly loss?: string;
}

const head = (): Layer[] => [dense({ units: 3, activation: 'sigmoid' })];
const small = (optimizer: () => Optimizer): Case => ({
  layers: () => [input({ shape: [19] }), dense({ units: 23, activation: 'tanh' }), ...head()],
  inputs: [19],
  outputs: 3,
  optimizer,
});

const CASES: Readonly<Record<string, Case>> = {
  'a stack of LSTMs with dropout inside and between': {
    layers: () => [
      input({ shape: [6, 5] }),
      lstm({ units: 17, returnSequences: true, dropout: 0.2, recurrentDropout: 0.3 }),
      dropout({ rate: 0.4 }),
      lstm({ units: 9, goBackwards: true }),
      ...head(),
    ],
    inputs: [6, 5],
    outputs: 3,
  },
  'cells of one’s own, one above the other': {
    layers: () => [
      input({ shape: [6, 7] }),
      rnn({ cell: ownGru, units: 13, returnSequences: true, dropout: 0.2 }),
      residual(rnn({ cell: ownLstm, units: 13, returnSequences: true })),
      highway(rnn([gru({ units: 5 }), lstm({ units: 13 })], { returnSequences: true, dropout: 0.3 })),
      rnn({ cell: ownGru, units: 4 }),
      ...head(),
    ],
    inputs: [6, 7],
    outputs: 3,
  },
  'convolutions and pools': {
    layers: () => [
      input({ shape: [12, 5] }),
      conv1d({ filters: 17, kernelSize: 3, padding: 'same', activation: 'tanh' }),
      separableConv1d({ filters: 24, kernelSize: 3, depthMultiplier: 2, padding: 'causal' }),
      maxPooling1d(),
      conv1d({ filters: 12, kernelSize: 2, groups: 3, strides: 2 }),
      tcn({ filters: 9, dilations: [1, 2], dropout: 0.3, returnSequences: true }),
      conv1dTranspose({ filters: 8, kernelSize: 3, strides: 2 }),
      globalAveragePooling1d(),
      ...head(),
    ],
    inputs: [12, 5],
    outputs: 3,
  },
  'cells with convolutions': {
    layers: () => [
      input({ shape: [4, 6, 3] }),
      convLstm1d({ filters: 5, kernelSize: 3, padding: 'same', peephole: true, returnSequences: true }),
      convGru1d({ filters: 4, kernelSize: 2, returnSequences: true, recurrentDropout: 0.2 }),
      convRnn1d({ filters: 9, kernelSize: 3 }),
      flatten(),
      ...head(),
    ],
    inputs: [4, 6, 3],
    outputs: 3,
  },
  'attention, causal and over everything': {
    layers: () => [
      input({ shape: [70, 5] }),
      multiHeadAttention({ numHeads: 3, keyDim: 5, useCausalMask: true, dropout: 0.2 }),
      multiHeadAttention({ numHeads: 2, keyDim: 17, valueDim: 4 }),
      globalAveragePooling1d(),
      ...head(),
    ],
    inputs: [70, 5],
    outputs: 3,
  },
  'blocks of a Transformer on positions': {
    layers: () => [
      input({ shape: [70, 8] }),
      residual(positionEmbedding({ sequenceLength: 70 })),
      rotaryEmbedding(),
      transformerEncoder({ intermediateDim: 9, numHeads: 2, dropout: 0.2, activation: 'gelu' }),
      transformerEncoder({
        intermediateDim: 9,
        numHeads: 2,
        useCausalMask: true,
        slidingWindow: 7,
        rotary: true,
      }),
      globalAveragePooling1d(),
      ...head(),
    ],
    inputs: [70, 8],
    outputs: 3,
  },
  'a stack of GRUs': {
    layers: () => [
      input({ shape: [5, 7] }),
      gru({ units: 13, returnSequences: true, recurrentDropout: 0.2 }),
      gru({ units: 8, resetAfter: false }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'a stack of cells whose gates see only the input': {
    layers: () => [
      input({ shape: [6, 7] }),
      minGru({ units: 37, returnSequences: true, dropout: 0.2 }),
      sru({ units: 37, returnSequences: true, dropout: 0.1 }),
      sru({ units: 33, returnSequences: true, peephole: false }),
      minLstm({ units: 19, activation: 'g' }),
      ...head(),
    ],
    inputs: [6, 7],
    outputs: 3,
  },
  'LSTM variants, and a normalised GRU': {
    layers: () => [
      input({ shape: [5, 7] }),
      lstm({ units: 13, returnSequences: true, peephole: true, projection: 9, recurrentDropout: 0.2 }),
      lstm({ units: 8, returnSequences: true, coupled: true, cellClip: 0.5, layerNormalization: true }),
      gru({ units: 18, layerNormalization: true }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'a stack of simple RNNs': {
    layers: () => [
      input({ shape: [5, 7] }),
      simpleRNN({ units: 13, returnSequences: true, dropout: 0.3 }),
      simpleRNN({ units: 8 }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'zoneout and masks of every step': {
    layers: () => [
      input({ shape: [5, 7] }),
      lstm({ units: 33, returnSequences: true, zoneout: { hidden: 0.2, cell: 0.3 } }),
      gru({ units: 17, recurrentDropout: 0.3, recurrentDropoutMask: 'naive' }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'the other forms of the GRU': {
    layers: () => [
      input({ shape: [5, 7] }),
      gru({ units: 13, form: 'split', returnSequences: true, recurrentDropout: 0.2 }),
      gru({ units: 8, form: 'updateGated' }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'a stack of minimal gated units': {
    layers: () => [
      input({ shape: [5, 7] }),
      mgu({ units: 13, returnSequences: true, recurrentDropout: 0.2 }),
      mgu({ units: 8 }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'a stack of independently recurrent layers': {
    layers: () => [
      input({ shape: [5, 7] }),
      indRnn({ units: 40, returnSequences: true, recurrentDropout: 0.2 }),
      indRnn({ units: 8 }),
      ...head(),
    ],
    inputs: [5, 7],
    outputs: 3,
  },
  'an embedding': {
    layers: () => [
      input({ shape: [9] }),
      embedding({ inputDim: 21, outputDim: 18 }),
      lstm({ units: 11 }),
      dense({ units: 40, activation: 'gelu' }),
      dense({ units: 3, activation: 'softmax' }),
    ],
    inputs: [9],
    outputs: 3,
    ids: 21,
    loss: 'categoricalCrossentropy',
  },
  sgd: small(() => sgd({ learningRate: 0.1, clipValue: 0.01 })),
  'sgd with momentum': small(() => sgd({ momentum: 0.9, nesterov: true, clipNorm: 0.1 })),
  adam: small(() => adam({ amsgrad: true, globalClipNorm: 0.1 })),
  adamW: small(() => adamW({ clipNorm: 0.1 })),
  rmsprop: small(() => rmsprop({ momentum: 0.5, centered: true })),
  adagrad: small(() => adagrad({ clipNorm: 0.1 })),
  adadelta: small(() => adadelta({ globalClipNorm: 0.1 })),
  adamax: small(() => adamax({ clipValue: 0.01 })),
  nadam: small(() => nadam({ gradientAccumulationSteps: 2 })),
};

/** Digests after two epochs whose last batch is small: of the weights, of predictions, of the losses. */
async function digests(test: Case, threads: number): Promise<string[]> {
  const { inputs, outputs, ids, optimizer, loss = 'binaryCrossentropy' } = test;
  const count = 37;
  const values = testData(3, count * inputs.reduce((a, b) => a * b, 1));
  const x: Tensor = tensor(ids === undefined ? values : values.map((_, i) => (i * 7) % ids), [
    count,
    ...inputs,
  ]);
  const y = tensor(testData(4, count * outputs, 0.05, 0.3), [count, outputs]);
  const net = sequential(test.layers(), { seed: 11, threads });
  net.compile({ optimizer: optimizer?.() ?? 'adam', loss: loss as 'binaryCrossentropy' });
  await threadsReady(net);
  expect(net.threads).toBe(threads);
  const { history } = await net.fit(x, y, { epochs: 2, batchSize: 16, verbose: 0, validationSplit: 0.1 });
  const predictions = [1, 4, 17].map((batchSize) => sha256Hex(net.predict(x, { batchSize }).data));
  const evaluated = net.evaluate(x, y);
  if (threads > 1) expect(net.arena.threads?.runs).toBeGreaterThan(ENOUGH_RUNS);
  net.close();
  expect(net.threads).toBe(1);
  return [
    net.fingerprint(),
    ...predictions,
    sha256Hex(net.predict(x).data),
    JSON.stringify([history, evaluated]),
  ];
}

describe('bits do not depend on the number of threads', () => {
  let restore: () => void;
  beforeAll(async () => {
    restore = shareEverything();
    await prepareThreads(4);
  });
  afterAll(() => restore());

  it.each(Object.keys(CASES))('%s', async (name) => {
    const alone = await digests(CASES[name], 1);
    expect(new Set(alone.slice(1, 5)).size).toBe(1);
    for (const threads of THREADS)
      expect([threads, await digests(CASES[name], threads)]).toEqual([threads, alone]);
  });
});
