import { activationDefinition } from '../layers/activation.js';
import { combineDefinition } from '../layers/arithmetic/combine.js';
import { learnedVectorDefinition } from '../layers/arithmetic/learned-vector.js';
import { matmulDefinition } from '../layers/arithmetic/matmul.js';
import { operandDefinition } from '../layers/arithmetic/operand.js';
import { pointwiseDefinition } from '../layers/arithmetic/pointwise.js';
import { reduceDefinition } from '../layers/arithmetic/reduce.js';
import { additiveAttentionDefinition } from '../layers/attention/additive.js';
import { attentionDefinition } from '../layers/attention/dot.js';
import { multiHeadAttentionDefinition } from '../layers/attention/multi-head.js';
import {
  positionEmbeddingDefinition,
  sinePositionEncodingDefinition,
} from '../layers/attention/positions.js';
import { rotaryEmbeddingDefinition } from '../layers/attention/rotary-embedding.js';
import { highwayDefinition } from '../layers/connect/highway.js';
import { residualDefinition } from '../layers/connect/residual.js';
import { conv1dDefinition } from '../layers/convolution/conv1d.js';
import { conv1dTransposeDefinition } from '../layers/convolution/conv1d-transpose.js';
import { depthwiseConv1dDefinition } from '../layers/convolution/depthwise-conv1d.js';
import { GLOBAL_POOLING_DEFINITIONS } from '../layers/convolution/global-pooling.js';
import { POOLING_DEFINITIONS } from '../layers/convolution/pooling.js';
import { separableConv1dDefinition } from '../layers/convolution/separable-conv1d.js';
import { tcnDefinition } from '../layers/convolution/tcn.js';
import { denseDefinition } from '../layers/dense.js';
import { dropoutDefinition } from '../layers/dropout.js';
import { embeddingDefinition } from '../layers/embedding.js';
import { denseInt8Definition } from '../layers/int8/dense.js';
import { embeddingInt8Definition } from '../layers/int8/embedding.js';
import { gruInt8Definition } from '../layers/int8/gru.js';
import { lstmInt8Definition } from '../layers/int8/lstm.js';
import { simpleRNNInt8Definition } from '../layers/int8/simple-rnn.js';
import type { LayerDefinition } from '../layers/layer.js';
import { lastStepDefinition } from '../layers/masking/last-step.js';
import { maskingDefinition } from '../layers/masking/masking.js';
import { concatenateDefinition } from '../layers/merge/concatenate.js';
import { dotDefinition } from '../layers/merge/dot.js';
import { ELEMENTWISE_DEFINITIONS } from '../layers/merge/elementwise.js';
import { activityRegularizationDefinition } from '../layers/noise/activity-regularization.js';
import { GAUSSIAN_DEFINITIONS } from '../layers/noise/gaussian.js';
import { spatialDropout1dDefinition } from '../layers/noise/spatial-dropout-1d.js';
import { batchNormalizationDefinition } from '../layers/normalization/batch-normalization.js';
import { groupNormalizationDefinition } from '../layers/normalization/group-normalization.js';
import { layerNormalizationDefinition } from '../layers/normalization/layer-normalization.js';
import { rmsNormalizationDefinition } from '../layers/normalization/rms-normalization.js';
import { bidirectionalDefinition } from '../layers/recurrent/bidirectional.js';
import { convGru1dDefinition } from '../layers/recurrent/conv-gru.js';
import { convLstm1dDefinition } from '../layers/recurrent/conv-lstm.js';
import { convRnn1dDefinition } from '../layers/recurrent/conv-rnn.js';
import { gruDefinition } from '../layers/recurrent/gru.js';
import { indRnnDefinition } from '../layers/recurrent/ind-rnn.js';
import { lstmDefinition, plainLstmDefinition } from '../layers/recurrent/lstm.js';
import { mguDefinition } from '../layers/recurrent/mgu.js';
import { minGruDefinition } from '../layers/recurrent/min-gru.js';
import { minLstmDefinition } from '../layers/recurrent/min-lstm.js';
import { simpleRNNDefinition } from '../layers/recurrent/simple-rnn.js';
import { sruDefinition } from '../layers/recurrent/sru.js';
import { stackDefinition } from '../layers/recurrent/stack.js';
import { permuteDefinition } from '../layers/shaping/permute.js';
import { REPEAT_DEFINITIONS } from '../layers/shaping/repeat.js';
import { RESHAPE_DEFINITIONS } from '../layers/shaping/reshape.js';
import { reverseDefinition } from '../layers/shaping/reverse.js';
import { sliceDefinition } from '../layers/shaping/slice.js';
import { TIME_EDGE_DEFINITIONS } from '../layers/shaping/time-edges.js';
import { adaptiveSoftmaxDefinition } from '../layers/structured/adaptive-softmax.js';
import { crfDefinition } from '../layers/structured/crf.js';
import {
  reverseEmbeddingDefinition,
  reversibleEmbeddingDefinition,
} from '../layers/structured/reversible-embedding.js';
import { sampledSoftmaxDefinition } from '../layers/structured/sampled-softmax.js';
import { defineTimeDistributed } from '../layers/time-distributed.js';
import { transformerDecoderDefinition } from '../layers/transformer/decoder.js';
import { transformerEncoderDefinition } from '../layers/transformer/encoder.js';
import { tokenAndPositionEmbeddingDefinition } from '../layers/transformer/token-and-position.js';
import { weightNormalizationDefinition } from '../layers/weight-normalization.js';
import { kindIn, kindOf, type LayerKind } from './kind.js';

/** The layers of `simpleRNN`. */
export const simpleRNN: LayerKind = /* @__PURE__ */ kindOf(simpleRNNDefinition);
/** The layers of `lstm` without peepholes, projection and the like, for which there is {@link lstmVariant}. */
export const lstm: LayerKind = /* @__PURE__ */ kindOf(plainLstmDefinition);
/** The layers of `lstm`, those with variants as well. It stands in place of {@link lstm}. */
export const lstmVariant: LayerKind = /* @__PURE__ */ kindOf(lstmDefinition);
/** The layers of `gru`. */
export const gru: LayerKind = /* @__PURE__ */ kindOf(gruDefinition);
/** The layers of `mgu`. */
export const mgu: LayerKind = /* @__PURE__ */ kindOf(mguDefinition);
/** The layers of `indRnn`. */
export const indRnn: LayerKind = /* @__PURE__ */ kindOf(indRnnDefinition);
/** The layers of `minGru`. */
export const minGru: LayerKind = /* @__PURE__ */ kindOf(minGruDefinition);
/** The layers of `minLstm`. */
export const minLstm: LayerKind = /* @__PURE__ */ kindOf(minLstmDefinition);
/** The layers of `sru`. */
export const sru: LayerKind = /* @__PURE__ */ kindOf(sruDefinition);
/** The layers of `convRnn1d`. */
export const convRnn1d: LayerKind = /* @__PURE__ */ kindOf(convRnn1dDefinition);
/** The layers of `convGru1d`. */
export const convGru1d: LayerKind = /* @__PURE__ */ kindOf(convGru1dDefinition);
/** The layers of `convLstm1d`. */
export const convLstm1d: LayerKind = /* @__PURE__ */ kindOf(convLstm1dDefinition);
/** The layers of `simpleRNNInt8`. */
export const simpleRNNInt8: LayerKind = /* @__PURE__ */ kindOf(simpleRNNInt8Definition);
/** The layers of `lstmInt8`. */
export const lstmInt8: LayerKind = /* @__PURE__ */ kindOf(lstmInt8Definition);
/** The layers of `gruInt8`. */
export const gruInt8: LayerKind = /* @__PURE__ */ kindOf(gruInt8Definition);
/** The layers of `bidirectional`. */
export const bidirectional: LayerKind = /* @__PURE__ */ kindOf(bidirectionalDefinition);
/** The layers of `rnn`. */
export const rnn: LayerKind = /* @__PURE__ */ kindOf(stackDefinition);
/** The layers of `residual`. */
export const residual: LayerKind = /* @__PURE__ */ kindOf(residualDefinition);
/** The layers of `highway`. */
export const highway: LayerKind = /* @__PURE__ */ kindOf(highwayDefinition);
/** The layers of `dense`. */
export const dense: LayerKind = /* @__PURE__ */ kindOf(denseDefinition);
/** The layers of `embedding`. */
export const embedding: LayerKind = /* @__PURE__ */ kindOf(embeddingDefinition);
/** The layers of `dropout`. */
export const dropout: LayerKind = /* @__PURE__ */ kindOf(dropoutDefinition);
/** The layers of `denseInt8`. */
export const denseInt8: LayerKind = /* @__PURE__ */ kindOf(denseInt8Definition);
/** The layers of `embeddingInt8`. */
export const embeddingInt8: LayerKind = /* @__PURE__ */ kindOf(embeddingInt8Definition);
/** The layers of `activation`. */
export const activation: LayerKind = /* @__PURE__ */ kindOf(activationDefinition);
/** The layers of `layerNormalization`. */
export const layerNormalization: LayerKind = /* @__PURE__ */ kindOf(layerNormalizationDefinition);
/** The layers of `rmsNormalization`. */
export const rmsNormalization: LayerKind = /* @__PURE__ */ kindOf(rmsNormalizationDefinition);
/** The layers of `groupNormalization`. */
export const groupNormalization: LayerKind = /* @__PURE__ */ kindOf(groupNormalizationDefinition);
/** The layers of `batchNormalization`. */
export const batchNormalization: LayerKind = /* @__PURE__ */ kindOf(batchNormalizationDefinition);
/** The layers of `masking`. */
export const masking: LayerKind = /* @__PURE__ */ kindOf(maskingDefinition);
/** The layers of `lastStep`. */
export const lastStep: LayerKind = /* @__PURE__ */ kindOf(lastStepDefinition);
/** The layers of `add`. */
export const add: LayerKind = /* @__PURE__ */ kindIn(ELEMENTWISE_DEFINITIONS, 'add');
/** The layers of `subtract`. */
export const subtract: LayerKind = /* @__PURE__ */ kindIn(ELEMENTWISE_DEFINITIONS, 'subtract');
/** The layers of `multiply`. */
export const multiply: LayerKind = /* @__PURE__ */ kindIn(ELEMENTWISE_DEFINITIONS, 'multiply');
/** The layers of `average`. */
export const average: LayerKind = /* @__PURE__ */ kindIn(ELEMENTWISE_DEFINITIONS, 'average');
/** The layers of `maximum`. */
export const maximum: LayerKind = /* @__PURE__ */ kindIn(ELEMENTWISE_DEFINITIONS, 'maximum');
/** The layers of `minimum`. */
export const minimum: LayerKind = /* @__PURE__ */ kindIn(ELEMENTWISE_DEFINITIONS, 'minimum');
/** The layers of `concatenate`. */
export const concatenate: LayerKind = /* @__PURE__ */ kindOf(concatenateDefinition);
/** The layers of `dot`. */
export const dot: LayerKind = /* @__PURE__ */ kindOf(dotDefinition);
/** The layers of `pointwise`. */
export const pointwise: LayerKind = /* @__PURE__ */ kindOf(pointwiseDefinition);
/** The layers of `combine`. */
export const combine: LayerKind = /* @__PURE__ */ kindOf(combineDefinition);
/** The layers of `operand`. */
export const operand: LayerKind = /* @__PURE__ */ kindOf(operandDefinition);
/** The layers of `reduce`. */
export const reduce: LayerKind = /* @__PURE__ */ kindOf(reduceDefinition);
/** The layers of `matmul`. */
export const matmul: LayerKind = /* @__PURE__ */ kindOf(matmulDefinition);
/** The layers of `learnedVector`. */
export const learnedVector: LayerKind = /* @__PURE__ */ kindOf(learnedVectorDefinition);
/** The layers of `attention`. */
export const attention: LayerKind = /* @__PURE__ */ kindOf(attentionDefinition);
/** The layers of `multiHeadAttention`. */
export const multiHeadAttention: LayerKind = /* @__PURE__ */ kindOf(multiHeadAttentionDefinition);
/** The layers of `flatten`. */
export const flatten: LayerKind = /* @__PURE__ */ kindIn(RESHAPE_DEFINITIONS, 'flatten');
/** The layers of `reshape`. */
export const reshape: LayerKind = /* @__PURE__ */ kindIn(RESHAPE_DEFINITIONS, 'reshape');
/** The layers of `repeatVector`. */
export const repeatVector: LayerKind = /* @__PURE__ */ kindIn(REPEAT_DEFINITIONS, 'repeatVector');
/** The layers of `upSampling1d`. */
export const upSampling1d: LayerKind = /* @__PURE__ */ kindIn(REPEAT_DEFINITIONS, 'upSampling1d');
/** The layers of `zeroPadding1d`. */
export const zeroPadding1d: LayerKind = /* @__PURE__ */ kindIn(TIME_EDGE_DEFINITIONS, 'zeroPadding1d');
/** The layers of `cropping1d`. */
export const cropping1d: LayerKind = /* @__PURE__ */ kindIn(TIME_EDGE_DEFINITIONS, 'cropping1d');
/** The layers of `permute`. */
export const permute: LayerKind = /* @__PURE__ */ kindOf(permuteDefinition);
/** The layers of `reverse`. */
export const reverse: LayerKind = /* @__PURE__ */ kindOf(reverseDefinition);
/** The layers of `slice`. */
export const slice: LayerKind = /* @__PURE__ */ kindOf(sliceDefinition);
/** The layers of `spatialDropout1d`. */
export const spatialDropout1d: LayerKind = /* @__PURE__ */ kindOf(spatialDropout1dDefinition);
/** The layers of `gaussianNoise`. */
export const gaussianNoise: LayerKind = /* @__PURE__ */ kindIn(GAUSSIAN_DEFINITIONS, 'gaussianNoise');
/** The layers of `gaussianDropout`. */
export const gaussianDropout: LayerKind = /* @__PURE__ */ kindIn(GAUSSIAN_DEFINITIONS, 'gaussianDropout');
/** The layers of `activityRegularization`. */
export const activityRegularization: LayerKind = /* @__PURE__ */ kindOf(activityRegularizationDefinition);
/** The layers of `conv1d`. */
export const conv1d: LayerKind = /* @__PURE__ */ kindOf(conv1dDefinition);
/** The layers of `depthwiseConv1d`. */
export const depthwiseConv1d: LayerKind = /* @__PURE__ */ kindOf(depthwiseConv1dDefinition);
/** The layers of `separableConv1d`. */
export const separableConv1d: LayerKind = /* @__PURE__ */ kindOf(separableConv1dDefinition);
/** The layers of `conv1dTranspose`. */
export const conv1dTranspose: LayerKind = /* @__PURE__ */ kindOf(conv1dTransposeDefinition);
/** The layers of `tcn`. */
export const tcn: LayerKind = /* @__PURE__ */ kindOf(tcnDefinition);
/** The layers of `maxPooling1d`. */
export const maxPooling1d: LayerKind = /* @__PURE__ */ kindIn(POOLING_DEFINITIONS, 'maxPooling1d');
/** The layers of `averagePooling1d`. */
export const averagePooling1d: LayerKind = /* @__PURE__ */ kindIn(POOLING_DEFINITIONS, 'averagePooling1d');
/** The layers of `globalMaxPooling1d`. */
export const globalMaxPooling1d: LayerKind = /* @__PURE__ */ kindIn(
  GLOBAL_POOLING_DEFINITIONS,
  'globalMaxPooling1d',
);
/** The layers of `globalAveragePooling1d`. */
export const globalAveragePooling1d: LayerKind = /* @__PURE__ */ kindIn(
  GLOBAL_POOLING_DEFINITIONS,
  'globalAveragePooling1d',
);
/** The layers of `weightNormalization`. */
export const weightNormalization: LayerKind = /* @__PURE__ */ kindOf(weightNormalizationDefinition);
/** The layers of `additiveAttention`. */
export const additiveAttention: LayerKind = /* @__PURE__ */ kindOf(additiveAttentionDefinition);
/** The layers of `sinePositionEncoding`. */
export const sinePositionEncoding: LayerKind = /* @__PURE__ */ kindOf(sinePositionEncodingDefinition);
/** The layers of `positionEmbedding`. */
export const positionEmbedding: LayerKind = /* @__PURE__ */ kindOf(positionEmbeddingDefinition);
/** The layers of `rotaryEmbedding`. */
export const rotaryEmbedding: LayerKind = /* @__PURE__ */ kindOf(rotaryEmbeddingDefinition);
/** The layers of `transformerEncoder`. */
export const transformerEncoder: LayerKind = /* @__PURE__ */ kindOf(transformerEncoderDefinition);
/** The layers of `transformerDecoder`. */
export const transformerDecoder: LayerKind = /* @__PURE__ */ kindOf(transformerDecoderDefinition);
/** The layers of `crf`. */
export const crf: LayerKind = /* @__PURE__ */ kindOf(crfDefinition);
/** The layers of `tokenAndPositionEmbedding`. */
export const tokenAndPositionEmbedding: LayerKind = /* @__PURE__ */ kindOf(
  tokenAndPositionEmbeddingDefinition,
);
/** The layers of `reversibleEmbedding`. */
export const reversibleEmbedding: LayerKind = /* @__PURE__ */ kindOf(reversibleEmbeddingDefinition);
/** The layers of `reverseEmbedding`. */
export const reverseEmbedding: LayerKind = /* @__PURE__ */ kindOf(reverseEmbeddingDefinition);
/** The layers of `sampledSoftmax`. */
export const sampledSoftmax: LayerKind = /* @__PURE__ */ kindOf(sampledSoftmaxDefinition);
/** The layers of `adaptiveSoftmax`. */
export const adaptiveSoftmax: LayerKind = /* @__PURE__ */ kindOf(adaptiveSoftmaxDefinition);
/** The layers of `timeDistributed`; the kind of what is applied at every step is needed as well. */
export const timeDistributed: LayerKind = {
  type: 'timeDistributed',
  define: (resolve) => defineTimeDistributed(resolve) as unknown as LayerDefinition,
};
