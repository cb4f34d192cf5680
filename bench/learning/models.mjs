import {
  dense,
  gru,
  layerNormalization,
  lstm,
  minGru,
  positionEmbedding,
  residual,
  simpleRNN,
  tcn,
  transformerEncoder,
} from 'recurra';

const returnSequences = true;

/** Dilations 1, 2, 4, ... of blocks of two convolutions of width 3, until the last step sees the first. */
function dilationsFor(steps) {
  const dilations = [];
  for (let seen = 1; seen < steps; seen += 4 * dilations.at(-1)) dilations.push(2 ** dilations.length);
  return dilations;
}

/** Two causal blocks of four heads of so many units, on learned positions. */
function transformerLayers(units, steps) {
  const [numHeads, hidden] = [4, 4 * units];
  const options = { intermediateDim: 2 * hidden, numHeads, useCausalMask: true, normalizeFirst: true };
  return [
    dense({ units: hidden }),
    residual(positionEmbedding({ sequenceLength: steps, embeddingsInitializer: 'uniform' })),
    transformerEncoder(options),
    transformerEncoder(options),
    layerNormalization(),
  ];
}

/**
 * What is compared, a line each. `layers` makes what stands between input and output from numbers of units and of
 * steps; every layer gives its whole sequence. `gates` says which blocks of units of the biases `of` a kind of layer
 * belong to gates that keep the state and that write to it. `pace` multiplies the learning rate of tasks that
 * reach far and of those that do not.
 */
export const MODELS = [
  {
    name: 'RNN',
    layers: (units) => [simpleRNN({ units, returnSequences, recurrentInitializer: 'glorotUniform' })],
    pace: { long: 0.1, near: 0.3 },
  },
  {
    name: 'RNN, orthogonal start',
    layers: (units) => [simpleRNN({ units, returnSequences })],
    pace: { long: 0.1, near: 0.3 },
  },
  {
    name: 'LSTM',
    layers: (units) => [lstm({ units, returnSequences })],
    gates: { of: 'lstm', keep: [1], write: [0] },
  },
  {
    name: 'LSTM with peepholes',
    layers: (units) => [lstm({ units, returnSequences, peephole: true })],
    gates: { of: 'lstm', keep: [1], write: [0] },
  },
  ...['resetAfter', 'resetBefore', 'updateGated', 'split'].map((form) => ({
    name: `GRU, ${form}`,
    layers: (units) => [gru({ units, returnSequences, form })],
    gates: { of: 'gru', keep: [0] },
  })),
  {
    name: 'minGRU, 2 layers',
    layers: (units) => [minGru({ units, returnSequences }), minGru({ units, returnSequences })],
    gates: { of: 'minGru', write: [0] },
  },
  {
    name: 'TCN',
    layers: (filters, steps) => [
      tcn({ filters, dilations: dilationsFor(steps), weightNormalization: false, returnSequences }),
    ],
    pace: { long: 0.3 },
  },
  {
    name: 'Transformer, 2 blocks',
    layers: (units, steps) => transformerLayers(units, steps),
    pace: { long: 0.1, near: 0.3 },
  },
];
