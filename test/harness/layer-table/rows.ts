import {
  activation,
  activityRegularization,
  adaptiveSoftmax,
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
  convGru1d,
  convLstm1d,
  convRnn1d,
  crf,
  cropping1d,
  dense,
  depthwiseConv1d,
  dot,
  dropout,
  embedding,
  flatten,
  gaussianDropout,
  gaussianNoise,
  globalAveragePooling1d,
  globalMaxPooling1d,
  groupNormalization,
  gru,
  highway,
  indRnn,
  type Layer,
  lastStep,
  layerNormalization,
  learnedVector,
  lstm,
  masking,
  matmul,
  maximum,
  maxPooling1d,
  mgu,
  minGru,
  minimum,
  minLstm,
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
  sampledSoftmax,
  separableConv1d,
  simpleRNN,
  sinePositionEncoding,
  slice,
  spatialDropout1d,
  sru,
  subtract,
  tcn,
  timeDistributed,
  tokenAndPositionEmbedding,
  transformerDecoder,
  transformerEncoder,
  upSampling1d,
  weightNormalization,
  zeroPadding1d,
} from '../../../src/index.js';
import type { OpenShape } from '../../../src/shape.js';
import { ownGru } from '../own-cells.js';

/** A layer as the table shows it. */
export interface LayerRow {
  /** Its factory, and what else tells it apart: 'lstm, peephole'. */
  readonly text: string;
  readonly layer: Layer;
  readonly inputs: readonly OpenShape[];
}

/** Layers that one page under docs/equations/ explains, with its source; they are applied to these inputs. */
interface Group {
  readonly page: string;
  readonly inputs?: readonly OpenShape[];
  readonly layers: Readonly<Record<string, Layer>>;
}

const units = 4;
const sequence: OpenShape = [6, 4];
const cell = { units, returnSequences: true };
const window = { filters: 4, kernelSize: 3 };
const convolved = { ...window, returnSequences: true };

/** Sections of the table. */
export const SECTIONS: Readonly<Record<string, readonly Group[]>> = {
  'Recurrent cells': [
    { page: 'simple-rnn.md', layers: { simpleRNN: simpleRNN(cell) } },
    {
      page: 'lstm.md',
      layers: {
        lstm: lstm(cell),
        'lstm, peephole': lstm({ ...cell, peephole: true }),
        'lstm, coupled': lstm({ ...cell, coupled: true }),
        'lstm, projection': lstm({ ...cell, projection: 3 }),
        'lstm, cellClip': lstm({ ...cell, cellClip: 3 }),
        'lstm, layerNormalization': lstm({ ...cell, layerNormalization: true }),
      },
    },
    {
      page: 'gru.md',
      layers: {
        'gru, resetAfter': gru({ ...cell, form: 'resetAfter' }),
        'gru, resetBefore': gru({ ...cell, form: 'resetBefore' }),
        'gru, updateGated': gru({ ...cell, form: 'updateGated' }),
        'gru, split': gru({ ...cell, form: 'split' }),
        'gru, layerNormalization': gru({ ...cell, layerNormalization: true }),
      },
    },
    { page: 'mgu.md', layers: { mgu: mgu(cell) } },
    { page: 'ind-rnn.md', layers: { indRnn: indRnn(cell) } },
    { page: 'min-gru.md', layers: { minGru: minGru(cell) } },
    { page: 'min-lstm.md', layers: { minLstm: minLstm(cell) } },
    { page: 'sru.md', layers: { sru: sru(cell) } },
    {
      page: 'conv-recurrent.md',
      inputs: [[6, 5, 2]],
      layers: {
        convRnn1d: convRnn1d(convolved),
        convGru1d: convGru1d(convolved),
        convLstm1d: convLstm1d(convolved),
        'convLstm1d, peephole': convLstm1d({ ...convolved, peephole: true }),
      },
    },
    {
      page: 'connections.md#a-cell-of-ones-own',
      layers: { 'rnn, a cell of one’s own': rnn({ cell: ownGru, ...cell }) },
    },
  ],
  'Layers around layers': [
    { page: 'README.md#bidirectional', layers: { bidirectional: bidirectional({ layer: lstm(cell) }) } },
    { page: 'connections.md#rnn', layers: { rnn: rnn([lstm(cell), gru(cell)], { returnSequences: true }) } },
    { page: 'connections.md#residual', layers: { residual: residual(lstm(cell)) } },
    { page: 'connections.md#highway', layers: { highway: highway(lstm(cell)) } },
    {
      page: 'time-distributed.md',
      layers: { timeDistributed: timeDistributed({ layer: dense({ units }) }) },
    },
    {
      page: 'convolution.md#weightnormalization',
      layers: { weightNormalization: weightNormalization(dense({ units })) },
    },
  ],
  'Products and single values': [
    { page: 'dense.md', layers: { dense: dense({ units }), activation: activation({ activation: 'tanh' }) } },
    { page: 'embedding.md', inputs: [[6]], layers: { embedding: embedding({ inputDim: 9, outputDim: 4 }) } },
  ],
  'Convolution over time': [
    {
      page: 'convolution.md#conv1d',
      layers: {
        'conv1d, causal': conv1d({ ...window, padding: 'causal' }),
        'conv1d, same': conv1d({ ...window, padding: 'same' }),
      },
    },
    {
      page: 'convolution.md#depthwiseconv1d-separableconv1d',
      layers: {
        depthwiseConv1d: depthwiseConv1d({ kernelSize: 3, padding: 'causal' }),
        separableConv1d: separableConv1d({ ...window, padding: 'causal' }),
      },
    },
    { page: 'convolution.md#conv1dtranspose', layers: { conv1dTranspose: conv1dTranspose(window) } },
    {
      page: 'convolution.md#tcn',
      layers: { tcn: tcn({ filters: 4, dilations: [1, 2], returnSequences: true }) },
    },
    {
      page: 'convolution.md#pooling',
      layers: {
        maxPooling1d: maxPooling1d(),
        averagePooling1d: averagePooling1d(),
        globalMaxPooling1d: globalMaxPooling1d(),
        globalAveragePooling1d: globalAveragePooling1d(),
      },
    },
  ],
  'Best tags of a sequence': [{ page: 'crf.md', layers: { crf: crf({ units: 3 }) } }],
  'Large vocabularies': [
    {
      page: 'large-vocabularies.md',
      inputs: [[6]],
      layers: { reversibleEmbedding: reversibleEmbedding({ inputDim: 9, outputDim: 4 }) },
    },
    {
      page: 'large-vocabularies.md#softmax-over-classes-that-are-drawn',
      layers: { sampledSoftmax: sampledSoftmax({ units: 9, numSampled: 3 }) },
    },
    {
      page: 'large-vocabularies.md#classes-in-clusters',
      layers: { adaptiveSoftmax: adaptiveSoftmax({ units: 9, cutoffs: [3], divValue: 2 }) },
    },
  ],
  Normalisation: [
    {
      page: 'normalization.md',
      layers: {
        layerNormalization: layerNormalization(),
        rmsNormalization: rmsNormalization(),
        groupNormalization: groupNormalization({ groups: 2 }),
        batchNormalization: batchNormalization(),
      },
    },
  ],
  'What acts in training': [
    { page: 'dropout.md', layers: { dropout: dropout({ rate: 0.5 }) } },
    {
      page: 'noise.md',
      layers: {
        spatialDropout1d: spatialDropout1d({ rate: 0.5 }),
        gaussianNoise: gaussianNoise({ stddev: 0.1 }),
        gaussianDropout: gaussianDropout({ rate: 0.5 }),
        activityRegularization: activityRegularization({ l2: 0.1 }),
      },
    },
  ],
  Masks: [{ page: 'masks.md', layers: { masking: masking(), lastStep: lastStep() } }],
  'Several inputs into one': [
    {
      page: 'merge.md',
      inputs: [sequence, sequence],
      layers: {
        add: add(),
        subtract: subtract(),
        multiply: multiply(),
        average: average(),
        maximum: maximum(),
        minimum: minimum(),
        concatenate: concatenate(),
        dot: dot({ axes: 2 }),
      },
    },
  ],
  Arithmetic: [
    {
      page: 'arithmetic.md',
      layers: {
        pointwise: pointwise({ function: 'clip', alpha: -1, beta: 1 }),
        operand: operand({ operation: 'multiply', shape: [1, 4] }),
        'reduce, features': reduce({ operation: 'mean' }),
        'reduce, time': reduce({ operation: 'mean', axis: 1 }),
        learnedVector: learnedVector({ units }),
      },
    },
    {
      page: 'arithmetic.md',
      inputs: [sequence, sequence],
      layers: { combine: combine({ operation: 'divide' }) },
    },
    { page: 'arithmetic.md', inputs: [sequence, [4, 5]], layers: { matmul: matmul() } },
  ],
  Attention: [
    {
      page: 'attention.md',
      inputs: [sequence, sequence],
      layers: {
        attention: attention(),
        "attention, scoreMode: 'general'": attention({ scoreMode: 'general' }),
        additiveAttention: additiveAttention(),
        multiHeadAttention: multiHeadAttention({ numHeads: 2, keyDim: 3 }),
        'multiHeadAttention, useCausalMask': multiHeadAttention({
          numHeads: 2,
          keyDim: 3,
          useCausalMask: true,
        }),
      },
    },
    {
      page: 'transformer.md',
      inputs: [sequence],
      layers: {
        transformerEncoder: transformerEncoder({ intermediateDim: 8, numHeads: 2 }),
        'transformerEncoder, useCausalMask': transformerEncoder({
          intermediateDim: 8,
          numHeads: 2,
          useCausalMask: true,
        }),
        transformerDecoder: transformerDecoder({ intermediateDim: 8, numHeads: 2 }),
      },
    },
    {
      page: 'transformer.md',
      inputs: [[6]],
      layers: {
        tokenAndPositionEmbedding: tokenAndPositionEmbedding({
          vocabularySize: 9,
          sequenceLength: 6,
          embeddingDim: 4,
        }),
      },
    },
    {
      page: 'attention.md#positions',
      layers: {
        sinePositionEncoding: sinePositionEncoding(),
        positionEmbedding: positionEmbedding({ sequenceLength: 6 }),
        rotaryEmbedding: rotaryEmbedding(),
      },
    },
  ],
  'Values moved': [
    { page: 'shaping.md', inputs: [[4]], layers: { repeatVector: repeatVector({ n: 3 }) } },
    {
      page: 'shaping.md',
      layers: {
        flatten: flatten(),
        reshape: reshape({ targetShape: [3, 8] }),
        permute: permute({ dims: [2, 1] }),
        reverse: reverse(),
        slice: slice({ start: 1, size: 2 }),
        zeroPadding1d: zeroPadding1d(),
        cropping1d: cropping1d(),
        upSampling1d: upSampling1d(),
      },
    },
  ],
};

/** The rows of a group. */
export function rowsOf({ layers, inputs = [sequence] }: Group): LayerRow[] {
  return Object.entries(layers).map(([text, layer]) => ({ text, layer, inputs }));
}
