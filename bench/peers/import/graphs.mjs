// Models that are built by hand, and the ONNX files that say the same.
import { blockWeights } from '../block-weights.mjs';
import { makeWeights } from '../data.mjs';
import { onnxBlock } from '../onnx.mjs';

const BLOCK = { kind: 'encoder', B: 1, T: 32, H: 64, N: 4, F: 128, I: 64 };

const plain = (title, x, layers) => ({
  title,
  shape: x,
  make: (recurra) => {
    const { input, sequential } = recurra;
    return sequential([input({ shape: x }), ...layers(recurra)], { seed: 1 });
  },
  file: (model, exportOnnx) => exportOnnx(model),
});

export const GRAPHS = {
  lstm: plain('LSTM 128', [50, 32], ({ lstm, dense }) => [lstm({ units: 128 }), dense({ units: 10 })]),
  bilstm: plain('bidirectional LSTM 2×64', [50, 32], ({ bidirectional, lstm, dense }) => [
    bidirectional({ layer: lstm({ units: 64 }) }),
    dense({ units: 10 }),
  ]),
  gru: plain('GRU 128', [50, 32], ({ gru, dense }) => [gru({ units: 128 }), dense({ units: 10 })]),
  stacked: plain('two LSTM 96, dense, softmax', [50, 32], ({ lstm, dense }) => [
    lstm({ units: 96, returnSequences: true }),
    lstm({ units: 96 }),
    dense({ units: 32, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ]),
  convlstm: plain('convolution, pooling, LSTM 64', [64, 16], ({ conv1d, maxPooling1d, lstm, dense }) => [
    conv1d({ filters: 32, kernelSize: 5, padding: 'causal', activation: 'relu' }),
    maxPooling1d({ poolSize: 2 }),
    lstm({ units: 64 }),
    dense({ units: 10 }),
  ]),
  cnn: plain(
    'two convolutions, pooling',
    [128, 16],
    ({ conv1d, maxPooling1d, globalAveragePooling1d, dense }) => [
      conv1d({ filters: 32, kernelSize: 5, padding: 'same', activation: 'relu' }),
      maxPooling1d({ poolSize: 2 }),
      conv1d({ filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' }),
      globalAveragePooling1d(),
      dense({ units: 10 }),
    ],
  ),
  encoder: plain('block of a Transformer, exported here', [32, 64], ({ transformerEncoder }) => [
    transformerEncoder({ numHeads: 4, intermediateDim: 128 }),
  ]),
  block: {
    title: 'block of a Transformer, as exporters write it',
    shape: [BLOCK.T, BLOCK.H],
    make({ input, sequential, transformerEncoder }) {
      const block = transformerEncoder({ numHeads: BLOCK.N, intermediateDim: BLOCK.F, name: 'block' });
      const model = sequential([input({ shape: [BLOCK.T, BLOCK.H] }), block], { seed: 1 });
      model.setWeights(blockWeights(makeWeights(BLOCK)));
      return model;
    },
    file: () => onnxBlock(BLOCK, makeWeights(BLOCK)),
    batchOne: true, // the file says [1, T, H]
  },
};
