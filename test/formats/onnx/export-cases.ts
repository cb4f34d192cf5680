import {
  type ActivationName,
  activation,
  add,
  additiveAttention,
  attention,
  average,
  averagePooling1d,
  batchNormalization,
  bidirectional,
  combine,
  concatenate,
  conv1d,
  conv1dTranspose,
  cropping1d,
  dense,
  depthwiseConv1d,
  dot,
  dropout,
  embedding,
  flatten,
  gaussianNoise,
  globalAveragePooling1d,
  globalMaxPooling1d,
  groupNormalization,
  gru,
  highway,
  input,
  type Layer,
  lastStep,
  layerNormalization,
  learnedVector,
  lstm,
  type Model,
  matmul,
  maximum,
  maxPooling1d,
  minimum,
  model,
  multiHeadAttention,
  multiply,
  operand,
  permute,
  pointwise,
  positionEmbedding,
  reduce,
  repeatVector,
  reshape,
  residual,
  reverse,
  reversibleEmbedding,
  rmsNormalization,
  rnn,
  rotaryEmbedding,
  type SymbolicTensor,
  separableConv1d,
  simpleRNN,
  sinePositionEncoding,
  slice,
  subtract,
  type Tensor,
  tensor,
  timeDistributed,
  tokenAndPositionEmbedding,
  transformerDecoder,
  transformerEncoder,
  upSampling1d,
  zeroPadding1d,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { testData } from '../../harness/random.js';

/** A model, and what goes into it. */
export interface ExportCase {
  readonly make: () => Model<Tensor | Tensor[]>;
  readonly inputs: () => Tensor[];
  /** Whether what ONNX has for a layer rounds otherwise than the layer: bits differ after the way there and back. */
  readonly rounds?: boolean;
}

const [B, T, F] = [3, 6, 4];
type Build = (x: SymbolicTensor) => SymbolicTensor | readonly SymbolicTensor[];

function through(shape: (number | null)[], build: Build, further: Partial<ExportCase> = {}): ExportCase {
  const sizes = [B, ...shape.map((size) => size ?? T)];
  const count = sizes.reduce((a, b) => a * b, 1);
  return {
    make() {
      const x = input({ shape, name: 'x' });
      const made = build(x);
      const outputs = Array.isArray(made) ? made : [made];
      const net = model({ inputs: x, outputs: outputs as SymbolicTensor[] }) as unknown as Model<
        Tensor | Tensor[]
      >;
      giveWeights(net as unknown as Model, 3);
      const variances = Object.entries(net.getWeights()).filter(([name]) => name.endsWith('.movingVariance'));
      net.setWeights({
        ...net.getWeights(),
        ...Object.fromEntries(
          variances.map(([name, { data, shape }]) => [name, { data: data.map(Math.abs), shape }]),
        ),
      });
      return net;
    },
    inputs: () => [tensor(testData(5, count, -1.5, 1.5), sizes)],
    ...further,
  };
}

const sequence = (build: Build, further?: Partial<ExportCase>): ExportCase =>
  through([null, F], build, further);
const layer = (own: () => Layer): ExportCase => sequence((x) => own().apply(x));

/** A model of whole numbers below 7. */
const ofIds = (build: (ids: SymbolicTensor) => SymbolicTensor): ExportCase => ({
  make: () => {
    const ids = input({ shape: [null], name: 'ids' });
    const net = model({ inputs: ids, outputs: build(ids) });
    giveWeights(net as unknown as Model, 3);
    return net as unknown as Model<Tensor | Tensor[]>;
  },
  inputs: () => [
    tensor(
      Float32Array.from({ length: B * T }, (_, i) => (3 * i) % 7),
      [B, T],
    ),
  ],
});

/** Where the product of two steps is above 0, as a mask of pairs. */
const alikeSteps = (x: SymbolicTensor): SymbolicTensor =>
  activation({ activation: 'relu' }).apply(matmul().apply([x, permute({ dims: [2, 1] }).apply(x)]));

const cell = { units: 5, name: 'cell' };
const all = { ...cell, returnSequences: true };

const ACTIVATIONS: ActivationName[] = [
  ...([
    'linear',
    'relu',
    'leakyRelu',
    'elu',
    'selu',
    'gelu',
    'tanh',
    'sigmoid',
    'hardSigmoid',
    'hardSigmoid02',
  ] as const),
  ...(['softplus', 'softsign', 'silu', 'exponential', 'softmax', 'logSoftmax'] as const),
];

const withStates = (
  make: (options: typeof all & { returnState: true }) => Layer,
  states: number,
): ExportCase =>
  sequence((x) => {
    const start = Array.from({ length: states }, (_, i) =>
      dense({ units: 5, name: `s${i}` }).apply(lastStep().apply(x)),
    );
    return make({ ...all, returnState: true }).applyAll(x, { initialState: start });
  });

/** Every layer that is exported, with the options that ONNX can say. */
export const EXPORT_CASES: Readonly<Record<string, ExportCase>> = {
  lstm: layer(() => lstm(cell)),
  'lstm, sequences, peephole': layer(() => lstm({ ...all, peephole: true })),
  'lstm, coupled, peephole': layer(() => lstm({ ...all, coupled: true, peephole: true })),
  'lstm, activations': layer(() =>
    lstm({ ...all, activation: 'softsign', recurrentActivation: 'hardSigmoid', useBias: false }),
  ),
  'lstm, goBackwards': layer(() => lstm({ ...all, goBackwards: true })),
  'lstm, states': withStates(lstm, 2),
  'gru, resetAfter': layer(() => gru(all)),
  'gru, resetBefore': layer(() => gru({ ...cell, resetAfter: false, activation: 'leakyRelu' })),
  'gru, updateGate candidate': sequence((x) => gru({ ...all, updateGate: 'candidate' }).apply(x), {
    rounds: true,
  }),
  'gru, states': withStates(gru, 1),
  simpleRNN: layer(() => simpleRNN({ ...all, activation: 'elu' })),
  'simpleRNN, goBackwards': layer(() => simpleRNN({ ...cell, goBackwards: true, activation: 'softplus' })),
  'bidirectional, concat': layer(() => bidirectional({ layer: lstm(all) })),
  'bidirectional, last': layer(() => bidirectional({ layer: gru(cell) })),
  'bidirectional, sum': layer(() => bidirectional({ layer: gru(all), mergeMode: 'sum' })),
  'bidirectional, ave': sequence(
    (x) => bidirectional({ layer: simpleRNN(cell), mergeMode: 'ave' }).apply(x),
    { rounds: true },
  ),
  'bidirectional, none': sequence((x) => bidirectional({ layer: lstm(all), mergeMode: 'none' }).applyAll(x)),
  rnn: layer(() => rnn([lstm({ units: 4 }), gru({ units: 3 })], { returnSequences: true, dropout: 0.2 })),
  'rnn, states': sequence((x) =>
    rnn([gru({ units: 4, name: 'a' }), gru({ units: 3 })], { returnState: true }).applyAll(x),
  ),
  residual: sequence((x) => residual(gru({ units: F, returnSequences: true })).apply(x)),
  'residual, projection': sequence((x) => residual(dense({ units: 3 }), { projection: true }).apply(x)),
  highway: sequence((x) => highway(dense({ units: F, activation: 'tanh' })).apply(x)),
  'timeDistributed, dense': layer(() => timeDistributed({ layer: dense({ units: 3, activation: 'relu' }) })),
  'timeDistributed, conv1d': through([4, 5, 2], (x) =>
    timeDistributed({ layer: conv1d({ filters: 3, kernelSize: 2 }) }).apply(x),
  ),
  dense: through([F], (x) => dense({ units: 3, useBias: false }).apply(x)),
  ...Object.fromEntries(
    ACTIVATIONS.map((name): [string, ExportCase] => [
      `activation, ${name}`,
      sequence((x) => activation({ activation: name }).apply(dense({ units: 5, activation: name }).apply(x))),
    ]),
  ),
  embedding: ofIds((ids) => gru({ units: 4 }).apply(embedding({ inputDim: 7, outputDim: 3 }).apply(ids))),
  reversibleEmbedding: ofIds((ids) => {
    const table = reversibleEmbedding({ inputDim: 7, outputDim: 4 });
    const h = gru({ units: 4, returnSequences: true }).apply(table.apply(ids));
    return table.reverse({ activation: 'softmax' }).apply(h);
  }),
  tokenAndPositionEmbedding: ofIds((ids) =>
    tokenAndPositionEmbedding({ vocabularySize: 7, sequenceLength: 9, embeddingDim: 4 }).apply(ids),
  ),
  'dropout, noise': sequence((x) => gaussianNoise({ stddev: 0.1 }).apply(dropout({ rate: 0.5 }).apply(x))),
  layerNormalization: layer(() => layerNormalization()),
  'layerNormalization, plain': layer(() => layerNormalization({ scale: false, center: false })),
  rmsNormalization: layer(() => rmsNormalization()),
  'groupNormalization, sequence': layer(() => groupNormalization({ groups: 2 })),
  'groupNormalization, vector': through([6], (x) => groupNormalization({ groups: 3, scale: false }).apply(x)),
  'batchNormalization, sequence': layer(() => batchNormalization()),
  'batchNormalization, vector': through([F], (x) => batchNormalization({ center: false }).apply(x)),
  'conv1d, valid': layer(() => conv1d({ filters: 5, kernelSize: 3, strides: 2, activation: 'relu' })),
  'conv1d, causal': layer(() =>
    conv1d({ filters: 4, kernelSize: 2, dilationRate: 2, groups: 2, padding: 'causal' }),
  ),
  'conv1d, same': layer(() => conv1d({ filters: 5, kernelSize: 4, padding: 'same', useBias: false })),
  'conv1d, same, strides': layer(() => conv1d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' })),
  depthwiseConv1d: layer(() => depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2, padding: 'causal' })),
  separableConv1d: layer(() => separableConv1d({ filters: 3, kernelSize: 2, depthMultiplier: 2 })),
  'conv1dTranspose, valid': layer(() => conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2 })),
  'conv1dTranspose, same': layer(() =>
    conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  'conv1dTranspose, gaps': layer(() => conv1dTranspose({ filters: 3, kernelSize: 2, strides: 3 })),
  'maxPooling1d, valid': layer(() => maxPooling1d()),
  'maxPooling1d, same': layer(() => maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' })),
  'averagePooling1d, same': layer(() => averagePooling1d({ poolSize: 3, strides: 1, padding: 'same' })),
  globalMaxPooling1d: layer(() => globalMaxPooling1d()),
  'globalAveragePooling1d, keepdims': layer(() => globalAveragePooling1d({ keepdims: true })),
  permute: through([T, F], (x) => permute({ dims: [2, 1] }).apply(x)),
  'reshape, flatten': through([T, F], (x) =>
    flatten().apply(dense({ units: 2 }).apply(reshape({ targetShape: [3, 8] }).apply(x))),
  ),
  'slice, features': layer(() => slice({ start: 1, size: 2 })),
  'slice, time': through([T, F], (x) => slice({ start: 2, size: 3, axis: 1 }).apply(x)),
  cropping1d: through([T, F], (x) => cropping1d({ cropping: [1, 2] }).apply(x)),
  zeroPadding1d: layer(() => zeroPadding1d({ padding: [1, 2] })),
  upSampling1d: layer(() => upSampling1d({ size: 3 })),
  repeatVector: through([F], (x) => repeatVector({ n: 3 }).apply(x)),
  'reverse, lastStep': sequence((x) => lastStep().apply(reverse().apply(x))),
  'add, subtract, multiply': sequence((x) => {
    const y = dense({ units: F, activation: 'tanh' }).apply(x);
    return multiply().apply([subtract().apply([add().apply([x, y, x]), y]), y]);
  }),
  'maximum, minimum, average': sequence((x) => {
    const y = dense({ units: F, activation: 'tanh' }).apply(x);
    return average().apply([maximum().apply([x, y]), minimum().apply([x, y, x])]);
  }),
  concatenate: sequence((x) => concatenate().apply([x, dense({ units: 3 }).apply(x)])),
  'dot, sequences': through([T, F], (x) => dot({ axes: 2 }).apply([x, dense({ units: F }).apply(x)])),
  'dot, vectors': through([F], (x) => dot({ axes: 1 }).apply([x, dense({ units: F }).apply(x)])),
  matmul: through([T, F], (x) => matmul().apply([x, permute({ dims: [2, 1] }).apply(x)])),
  combine: through([T, F], (x) =>
    combine({ operation: 'divide' }).apply([
      x,
      pointwise({ function: 'affine', beta: 5 }).apply(reduce({ operation: 'sum', axis: 1 }).apply(x)),
    ]),
  ),
  operand: sequence((x) => operand({ operation: 'subtract', shape: [1, F], first: true }).apply(x)),
  'reduce, max': layer(() => reduce({ operation: 'max', axis: 2 })),
  learnedVector: sequence((x) =>
    gru({ units: 3 }).apply(x, { initialState: [learnedVector({ units: 3 }).apply(x)] }),
  ),
  'pointwise, without numbers': sequence((x) => {
    const y = pointwise({ function: 'affine', alpha: 0.5, beta: 2.5 }).apply(x);
    const root = pointwise({ function: 'sqrt' }).apply(pointwise({ function: 'abs' }).apply(y));
    const inverse = pointwise({ function: 'reciprocal' }).apply(pointwise({ function: 'log' }).apply(y));
    const rest = (['erf', 'sign', 'floor', 'ceil', 'round', 'geluTanh'] as const).map((name) =>
      pointwise({ function: name }).apply(x),
    );
    return concatenate().apply([root, inverse, ...rest]);
  }),
  'pointwise, with numbers': sequence((x) =>
    concatenate().apply([
      pointwise({ function: 'clip', alpha: -0.5, beta: 0.25 }).apply(x),
      pointwise({ function: 'clip', beta: 0.25 }).apply(x),
      pointwise({ function: 'power', alpha: 3 }).apply(x),
      pointwise({ function: 'leakyRelu', alpha: 0.1 }).apply(x),
      pointwise({ function: 'elu', alpha: 0.7 }).apply(x),
      pointwise({ function: 'thresholdedRelu', alpha: 0.3 }).apply(x),
      pointwise({ function: 'hardSigmoid', alpha: 0.3, beta: 0.4 }).apply(x),
    ]),
  ),
  'attention, general, scale': sequence((x) => {
    const keys = dense({ units: 3 }).apply(x);
    return attention({ scoreMode: 'general', useScale: true }).apply([x, x, keys]);
  }),
  'attention, concat, scale': sequence((x) =>
    attention({ scoreMode: 'concat', useScale: true, useCausalMask: true }).apply([x, x]),
  ),
  additiveAttention: sequence((x) => additiveAttention().apply([x, dense({ units: F }).apply(x)])),
  'additiveAttention, causal, without scale': sequence((x) =>
    additiveAttention({ useScale: false, useCausalMask: true }).apply([x, x]),
  ),
  sinePositionEncoding: sequence((x) => add().apply([x, sinePositionEncoding().apply(x)])),
  'sinePositionEncoding, odd, known length': through([T, 5], (x) =>
    add().apply([x, sinePositionEncoding({ maxWavelength: 50 }).apply(x)]),
  ),
  positionEmbedding: sequence((x) => add().apply([x, positionEmbedding({ sequenceLength: 9 }).apply(x)])),
  rotaryEmbedding: layer(() => rotaryEmbedding({ maxWavelength: 100, scalingFactor: 2 })),
  'rotaryEmbedding, heads, known length': through([T, 2, 6], (x) => rotaryEmbedding().apply(x)),
  attention: sequence((x) => attention({ useCausalMask: true }).apply([x, dense({ units: F }).apply(x)])),
  multiHeadAttention: sequence((x) => multiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 2 }).apply(x)),
  'attention, a mask': through([4, F], (x) =>
    attention({ useAttentionMask: true }).apply([x, x, x, alikeSteps(x)]),
  ),
  'multiHeadAttention, a mask': through([4, F], (x) =>
    multiHeadAttention({ numHeads: 2, keyDim: 3, useAttentionMask: true }).apply([x, alikeSteps(x)]),
  ),
  'multiHeadAttention, causal': sequence((x) =>
    multiHeadAttention({ numHeads: 2, keyDim: 3, useCausalMask: true, useBias: false }).apply([
      x,
      x,
      dense({ units: 5 }).apply(x),
    ]),
  ),
  transformerEncoder: sequence((x) =>
    transformerEncoder({ numHeads: 2, intermediateDim: 5, activation: 'gelu', dropout: 0.1 }).apply(x),
  ),
  'transformerEncoder, causal, normalizeFirst': sequence((x) =>
    transformerEncoder({ numHeads: 2, intermediateDim: 5, normalizeFirst: true, useCausalMask: true }).apply(
      x,
    ),
  ),
  transformerDecoder: sequence((x) =>
    transformerDecoder({ numHeads: 2, intermediateDim: 5 }).apply([x, dense({ units: 3 }).apply(x)]),
  ),
};
