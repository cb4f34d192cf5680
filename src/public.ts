/** The public names that `recurra` and `recurra/training` have in common. */
export { type CtcDecodeOptions, type CtcPath, ctcDecode } from './decoding/index.js';
export {
  DataError,
  EngineError,
  FormatError,
  KernelError,
  MaskError,
  MemoryError,
  NonFiniteLossError,
  RecurraError,
  ShapeError,
  StateError,
  ThreadError,
  UnknownNameError,
  ValueError,
} from './errors.js';
export { type ActivationOptions, activation } from './layers/activation.js';
export type { ActivationName } from './layers/activations.js';
export {
  type CombineOptions,
  combine,
  type FunctionName,
  type LearnedVectorOptions,
  learnedVector,
  type MatmulOptions,
  matmul,
  type OperandOptions,
  type OperationName,
  operand,
  type PointwiseOptions,
  pointwise,
  type ReduceOptions,
  type ReductionName,
  reduce,
} from './layers/arithmetic/index.js';
export {
  type AdditiveAttentionOptions,
  type AttentionOptions,
  additiveAttention,
  attention,
  type MultiHeadAttentionOptions,
  multiHeadAttention,
  type PositionEmbeddingOptions,
  positionEmbedding,
  type RotaryEmbeddingOptions,
  type RotaryOptions,
  rotaryEmbedding,
  type ScoreMode,
  type SinePositionEncodingOptions,
  sinePositionEncoding,
} from './layers/attention/index.js';
export { type HighwayOptions, highway, type ResidualOptions, residual } from './layers/connect/index.js';
export {
  type Constraint,
  type ConstraintAxis,
  type ConstraintLike,
  type MaxNorm,
  maxNorm,
  type NonNeg,
  nonNeg,
  type UnitNorm,
  unitNorm,
} from './layers/constraints.js';
export {
  averagePooling1d,
  type Conv1dOptions,
  type Conv1dTransposeOptions,
  conv1d,
  conv1dTranspose,
  type DepthwiseConv1dOptions,
  type DepthwiseOptions,
  depthwiseConv1d,
  type GlobalPooling1dOptions,
  globalAveragePooling1d,
  globalMaxPooling1d,
  type KernelOptions,
  maxPooling1d,
  type OutputOptions,
  type Padding,
  type Pooling1dOptions,
  type SeparableConv1dOptions,
  type Size,
  type SlidingOptions,
  separableConv1d,
  type TcnOptions,
  tcn,
} from './layers/convolution/index.js';
export {
  type Cell,
  type CellDescription,
  type CellOperand,
  type CellOperations,
  type CellParameter,
  type CellSetting,
  type CellSizes,
  type CellValue,
  type CellWeight,
  type CustomOptions,
  defineCell,
  type StepArguments,
  type StepResult,
} from './layers/custom/index.js';
export { type DenseOptions, dense } from './layers/dense.js';
export { type DropoutOptions, dropout } from './layers/dropout.js';
export { type EmbeddingOptions, embedding } from './layers/embedding.js';
export {
  constant,
  type FanMode,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  type InitializerLike,
  type InitializerName,
  identity,
  lecunNormal,
  lecunUniform,
  type NormalOptions,
  type OrthogonalOptions,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  type SavedInitializer,
  type ScaledDistribution,
  type SeedOption,
  truncatedNormal,
  type UniformOptions,
  type VarianceScalingOptions,
  varianceScaling,
  zeros,
} from './layers/initializers/index.js';
export { type InputOptions, input } from './layers/input.js';
export { type BaseOptions, Layer } from './layers/layer.js';
export { type LastStepOptions, lastStep, type MaskingOptions, masking } from './layers/masking/index.js';
export {
  add,
  average,
  type ConcatenateOptions,
  concatenate,
  type DotOptions,
  dot,
  type MergeOptions,
  maximum,
  minimum,
  multiply,
  subtract,
} from './layers/merge/index.js';
export {
  type ActivityRegularizationOptions,
  activityRegularization,
  type GaussianDropoutOptions,
  type GaussianNoiseOptions,
  gaussianDropout,
  gaussianNoise,
  type SpatialDropout1dOptions,
  spatialDropout1d,
} from './layers/noise/index.js';
export {
  type AffineOptions,
  type BatchNormalizationOptions,
  batchNormalization,
  type GroupNormalizationOptions,
  groupNormalization,
  type LayerNormalizationOptions,
  layerNormalization,
  type RMSNormalizationOptions,
  rmsNormalization,
} from './layers/normalization/index.js';
export {
  type BidirectionalOptions,
  bidirectional,
  type MergeMode,
} from './layers/recurrent/bidirectional.js';
export { type ConvGru1dOptions, convGru1d } from './layers/recurrent/conv-gru.js';
export { type ConvLstm1dOptions, convLstm1d } from './layers/recurrent/conv-lstm.js';
export type { ConvRecurrentOptions } from './layers/recurrent/conv-options.js';
export { type ConvRnn1dOptions, convRnn1d } from './layers/recurrent/conv-rnn.js';
export { type GRUForm, type GRUOptions, gru, type UpdateGate } from './layers/recurrent/gru.js';
export { type IndRNNOptions, indRnn } from './layers/recurrent/ind-rnn.js';
export { type MGUOptions, mgu } from './layers/recurrent/mgu.js';
export { type MinGruOptions, minGru } from './layers/recurrent/min-gru.js';
export { type MinLstmOptions, minLstm } from './layers/recurrent/min-lstm.js';
export type {
  RecurrentDropoutMask,
  RecurrentOptions,
  SequenceOptions,
  Zoneout,
  ZoneoutRates,
} from './layers/recurrent/options.js';
export { rnn } from './layers/recurrent/rnn.js';
export type { CandidateActivation, ScanOptions } from './layers/recurrent/scan-options.js';
export { type SimpleRNNOptions, simpleRNN } from './layers/recurrent/simple-rnn.js';
export { type SRUOptions, sru } from './layers/recurrent/sru.js';
export type { StackOptions } from './layers/recurrent/stack.js';
export { l1, l1l2, l2, type Regularizer, type RegularizerLike } from './layers/regularizers.js';
export {
  type Cropping1dOptions,
  cropping1d,
  type Ends,
  type FlattenOptions,
  flatten,
  type PermuteOptions,
  permute,
  type RepeatVectorOptions,
  type ReshapeOptions,
  type ReverseOptions,
  repeatVector,
  reshape,
  reverse,
  type SliceOptions,
  slice,
  type UpSampling1dOptions,
  upSampling1d,
  type ZeroPadding1dOptions,
  zeroPadding1d,
} from './layers/shaping/index.js';
export {
  type AdaptiveSoftmaxOptions,
  adaptiveSoftmax,
  type CrfOptions,
  crf,
  type ReverseEmbeddingOptions,
  type ReversibleEmbedding,
  type ReversibleEmbeddingOptions,
  reversibleEmbedding,
  type SampledSoftmaxOptions,
  sampledSoftmax,
} from './layers/structured/index.js';
export { type CallOptions, SymbolicTensor } from './layers/symbolic.js';
export { type TimeDistributedOptions, timeDistributed } from './layers/time-distributed.js';
export {
  type TokenAndPositionEmbeddingOptions,
  type TransformerBlockOptions,
  type TransformerDecoderOptions,
  type TransformerEncoderOptions,
  tokenAndPositionEmbedding,
  transformerDecoder,
  transformerEncoder,
} from './layers/transformer/index.js';
export { weightNormalization } from './layers/weight-normalization.js';
export type { ModelInputs } from './model/inputs.js';
export type { LengthList, Lengths } from './model/lengths.js';
export type { ModelOptions, Network, PredictOptions } from './model/network.js';
export type { StartOptions, StepOutput, Stream, StreamOptions } from './model/stream.js';
export {
  type Prepared,
  type PrepareOptions,
  prepare,
  type RuntimeInfo,
  runtimeInfo,
} from './program/runtime.js';
export * from './quantize/index.js';
export * from './seq2seq/index.js';
export type { OpenShape, Shape } from './shape.js';
export { type NestedArray, type Tensor, type TensorLike, tensor } from './tensor.js';
export type { Augment, AugmentContext } from './training/augment.js';
export {
  type Callback,
  type CallbackContext,
  type EarlyStoppingOptions,
  earlyStopping,
  type LearningRateSchedulerOptions,
  type Logs,
  learningRateScheduler,
  type ModelCheckpointOptions,
  type MonitorMode,
  modelCheckpoint,
  type ReduceLROnPlateauOptions,
  reduceLROnPlateau,
  type TerminateOnNaNOptions,
  type TrainableModel,
  type TrainingParams,
  terminateOnNaN,
} from './training/callbacks/index.js';
export type { ClassWeight } from './training/class-weight.js';
export type { ModelTargets } from './training/data.js';
export type { History } from './training/fit.js';
export type { FitOptions } from './training/fit-plan.js';
export {
  binaryCrossentropy,
  type CrossentropyOptions,
  type CtcOptions,
  categoricalCrossentropy,
  cosineSimilarity,
  ctc,
  type HuberOptions,
  hinge,
  huber,
  klDivergence,
  type Loss,
  type LossConfig,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  type SparseCrossentropyOptions,
  sparseCategoricalCrossentropy,
} from './training/losses/index.js';
export type { BufferUse, MemoryReport, MemoryRow } from './training/memory-report.js';
/** Metrics with options of their own, for `compile({ metrics: [metrics.auc({ curve: 'PR' })] })`. */
export * as metrics from './training/metrics/index.js';
export type { EvaluateOptions, FunctionalOptions, OutputOf, TrainOnBatchOptions } from './training/model.js';
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamaxOptions,
  type AdamOptions,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  type NadamOptions,
  nadam,
  type Optimizer,
  type OptimizerOptions,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './training/optimizers/index.js';
export {
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  cosineDecay,
  cosineDecayRestarts,
  type ExponentialDecayOptions,
  exponentialDecay,
  type InverseTimeDecayOptions,
  inverseTimeDecay,
  type PiecewiseConstantDecayOptions,
  type PolynomialDecayOptions,
  piecewiseConstantDecay,
  polynomialDecay,
  type Schedule,
} from './training/schedules/index.js';
export type { Build, Numerics } from './wasm/load.js';
export { useKernels } from './wasm/own.js';
