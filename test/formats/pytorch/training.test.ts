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
  reverse,
  sequential,
  sgd,
  simpleRNN,
  slice,
  tensor,
  transformerDecoder,
  transformerEncoder,
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

const block = { numHeads: 2, intermediateDim: 6 };

function decoding(): Model {
  const x = input({ shape: [T, I] });
  const decoded = transformerDecoder({ ...block, activation: 'gelu' }).apply([x, reverse().apply(x)]);
  return model({ inputs: x, outputs: dense({ units: 2 }).apply(decoded) }) as Model;
}

const encoding = (): Model =>
  sequential([
    input({ shape: [T, I] }),
    transformerEncoder({ ...block, normalizeFirst: true }),
    transformerEncoder({ ...block, normalizeFirst: true }),
    dense({ units: 2 }),
  ]);

const stacked = (layer: Parameters<typeof sequential>[0][number]) => (): Model =>
  sequential([input({ shape: [T, I] }), layer, dense({ units: 2 })]);

const MODELS: Record<string, () => Model> = {
  GRU: stacked(gru(steps)),
  LSTM: stacked(lstm(steps)),
  RNN: stacked(simpleRNN(steps)),
  MultiheadAttention: stacked(multiHeadAttention({ numHeads: 2, keyDim: 2 })),
  'MultiheadAttention of two widths': crossing,
  'TransformerEncoder of two layers': encoding,
  TransformerDecoderLayer: decoding,
};

/** The names of PyTorch's modules for our layers, by name or type. */
const MODULES: Record<string, string> = {
  gru: 'rnn',
  lstm: 'rnn',
  simpleRNN: 'rnn',
  multiHeadAttention: 'attention',
  transformerEncoder: 'encoder.layers.0',
  transformerEncoder_1: 'encoder.layers.1',
  transformerDecoder: 'decoder',
  dense: 'head',
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
    const modules = Object.fromEntries(
      net.graph.layers.flatMap(({ name: own, layer }) => {
        const module = MODULES[own] ?? MODULES[layer.definition.type];
        return module === undefined ? [] : [[own, module]];
      }),
    );
    const written = stateDict(net, { modules });
    expect(Object.keys(written).sort()).toEqual(after.map(([entry]) => entry).sort());
    for (const [entry, { data, shape }] of after) {
      expect(written[entry].shape, entry).toEqual(shape);
      if (data.every((value) => value === 0)) expect([...written[entry].data]).toEqual(data);
      else expectClose(`${name}: ${entry}`, written[entry].data, data, TRAINED_BOUND);
    }
  });
});
