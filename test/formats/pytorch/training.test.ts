import { describe, expect, it } from 'vitest';
import { loadStateDict, readTorch, stateDict } from '../../../src/formats/pytorch/index.js';
import {
  adam,
  dense,
  gru,
  input,
  lstm,
  type Model,
  model,
  multiHeadAttention,
  sequential,
  sgd,
  simpleRNN,
  slice,
  tensor,
} from '../../../src/index.js';
import golden from '../../golden/pytorch_training.json' with { type: 'json' };
import { bytesOf } from '../../harness/base64.js';
import { expectClose } from '../../harness/golden.js';

/** Weights after ten steps there and ten here, relative to the largest of each tensor. Measured: 2e-7. */
const TRAINED_BOUND = 1e-6;

const [, T, I] = golden.cases[0].x.shape;
const steps = { units: 3, returnSequences: true };

function crossing(): Model {
  const x = input({ shape: [T, I] });
  const other = slice({ start: 0, size: 3, axis: 2 }).apply(x);
  const attended = multiHeadAttention({ numHeads: 2, keyDim: 2, useBias: false }).apply([x, other]);
  return model({ inputs: x, outputs: dense({ units: 2 }).apply(attended) }) as Model;
}

const stacked = (layer: Parameters<typeof sequential>[0][number]) => (): Model =>
  sequential([input({ shape: [T, I] }), layer, dense({ units: 2 })]);

const MODELS: Record<string, () => Model> = {
  GRU: stacked(gru(steps)),
  LSTM: stacked(lstm(steps)),
  RNN: stacked(simpleRNN(steps)),
  MultiheadAttention: stacked(multiHeadAttention({ numHeads: 2, keyDim: 2 })),
  'MultiheadAttention of two widths': crossing,
};

const OPTIMIZERS = {
  sgd: (learningRate: number) => sgd({ learningRate }),
  adam: (learningRate: number) => adam({ learningRate, epsilon: golden.epsilon }),
};

describe('ten steps in PyTorch and ten here', () => {
  it.each(golden.cases)('are twenty steps there: $name, $optimizer', ({ name, optimizer, ...given }) => {
    const net = MODELS[name]();
    loadStateDict(net, readTorch(bytesOf(given.pt)));
    const make = OPTIMIZERS[optimizer as keyof typeof OPTIMIZERS];
    net.compile({ optimizer: make(given.rate), loss: 'meanSquaredError' });
    const [x, y] = [given.x, given.target].map(({ data, shape }) => tensor(data, shape));
    for (let step = 0; step < golden.steps; step++) net.trainOnBatch(x, y);
    const after = Object.entries(given.after) as [string, { data: number[]; shape: number[] }][];
    const [recurrent, head] = net.graph.layers.filter(({ layer }) => layer.definition.type !== 'slice');
    const modules = {
      [recurrent.name]: name.startsWith('Multihead') ? 'attention' : 'rnn',
      [head.name]: 'head',
    };
    const written = stateDict(net, { modules });
    expect(Object.keys(written).sort()).toEqual(after.map(([entry]) => entry).sort());
    for (const [entry, { data, shape }] of after) {
      expect(written[entry].shape, entry).toEqual(shape);
      if (data.every((value) => value === 0)) expect([...written[entry].data]).toEqual(data);
      else expectClose(`${name}: ${entry}`, written[entry].data, data, TRAINED_BOUND);
    }
  });
});
