import {
  bidirectional,
  dense,
  dropout,
  embedding,
  gru,
  input,
  lstm,
  type Model,
  model,
  sequential,
  simpleRNN,
  type Tensor,
  tensor,
  timeDistributed,
} from '../../src/index.js';
import { giveWeights } from './bits.js';
import { testData } from './random.js';

/** A model whose layers have 8-bit forms, with data for it. */
export interface Int8ModelCase {
  readonly name: string;
  /** In f32, with seeded weights, biases among them. */
  make(): Model;
  /** `count` samples. */
  data(count: number): Tensor;
  readonly streams: boolean;
}

const STEPS = 7;

const sequences = (features: number) => (count: number) =>
  tensor(testData(21, count * STEPS * features, -1.2, 0.9), [count, STEPS, features]);

function weighted(seed: number, net: Model): Model {
  giveWeights(net, seed);
  return net;
}

export const INT8_MODELS: readonly Int8ModelCase[] = [
  {
    name: 'two LSTMs and a dense head',
    make: () =>
      weighted(
        1,
        sequential([
          input({ shape: [STEPS, 5] }),
          lstm({ units: 17, returnSequences: true }),
          lstm({ units: 9, useBias: false, activation: 'relu', recurrentActivation: 'hardSigmoid' }),
          dropout({ rate: 0.5 }),
          dense({ units: 3, activation: 'softmax' }),
        ]),
      ),
    data: sequences(5),
    streams: true,
  },
  {
    name: 'GRUs of every form',
    make: () =>
      weighted(
        2,
        sequential([
          input({ shape: [STEPS, 3] }),
          gru({ units: 12, returnSequences: true }),
          gru({ units: 11, resetAfter: false, returnSequences: true }),
          gru({ units: 5, updateGate: 'candidate', useBias: false, returnSequences: true }),
          dense({ units: 4, activation: 'gelu', useBias: false }),
        ]),
      ),
    data: sequences(3),
    streams: true,
  },
  {
    name: 'an embedding and simple RNNs',
    make: () =>
      weighted(
        3,
        sequential([
          input({ shape: [STEPS] }),
          embedding({ inputDim: 11, outputDim: 6 }),
          simpleRNN({ units: 8, returnSequences: true }),
          simpleRNN({ units: 33, useBias: false }),
          dense({ units: 1, activation: 'sigmoid' }),
        ]),
      ),
    data: (count) =>
      tensor(
        testData(22, count * STEPS, 0, 11).map((v) => Math.floor(v)),
        [count, STEPS],
      ),
    streams: true,
  },
  {
    name: 'both directions, and a state handed on',
    make: () => {
      const x = input({ shape: [STEPS, 4] });
      const steps = timeDistributed({ layer: dense({ units: 5, activation: 'selu' }) }).apply(x);
      const both = bidirectional({ layer: lstm({ units: 6, returnSequences: true }) }).apply(steps);
      const [, h] = gru({ units: 5, returnState: true, goBackwards: true }).applyAll(both);
      const next = gru({ units: 5 }).apply(x, { initialState: [h] });
      return weighted(4, model({ inputs: x, outputs: dense({ units: 2 }).apply(next) }));
    },
    data: sequences(4),
    streams: false,
  },
];
