/**
 * Recurrent networks in SIMD WebAssembly: build, train, run, stream and save models with the same bits in
 * every JavaScript engine.
 *
 * @packageDocumentation
 */
export {
  DataError,
  FormatError,
  MemoryError,
  NonFiniteLossError,
  RecurraError,
  ShapeError,
  StateError,
  UnknownNameError,
  ValueError,
} from './errors.js';
export type { ActivationName } from './layers/activations.js';
export { type Constraint, type ConstraintLike, maxNorm, nonNeg, unitNorm } from './layers/constraints.js';
export { type DenseOptions, dense } from './layers/dense.js';
export { type DropoutOptions, dropout } from './layers/dropout.js';
export { type EmbeddingOptions, embedding } from './layers/embedding.js';
export * from './layers/initializers/index.js';
export { type InputOptions, input } from './layers/input.js';
export { type BaseOptions, Layer } from './layers/layer.js';
export { type GRUOptions, gru, type UpdateGate } from './layers/recurrent/gru.js';
export { type LSTMOptions, lstm } from './layers/recurrent/lstm.js';
export type { RecurrentOptions } from './layers/recurrent/options.js';
export { type SimpleRNNOptions, simpleRNN } from './layers/recurrent/simple-rnn.js';
export { l1, l1l2, l2, type Regularizer, type RegularizerLike } from './layers/regularizers.js';
export { type CallOptions, SymbolicTensor } from './layers/symbolic.js';
export type { ModelInputs } from './model/inputs.js';
export type { ModelOptions, Network, PredictOptions } from './model/network.js';
export type { Stream, StreamOptions } from './model/stream.js';
export type { OpenShape, Shape } from './shape.js';
export { type NestedArray, type Tensor, type TensorLike, tensor } from './tensor.js';
export * from './training/callbacks/index.js';
export type { ClassWeight } from './training/class-weight.js';
export type { CompileOptions, LossSpec, MetricSpec } from './training/compiled.js';
export type { ModelTargets } from './training/data.js';
export { model, type OutputOf, sequential } from './training/factories.js';
export type { FitOptions, History } from './training/fit.js';
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  type Loss,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  sparseCategoricalCrossentropy,
} from './training/losses/index.js';
export type { MemoryReport } from './training/memory-report.js';
export * as metrics from './training/metrics/index.js';
export type { EvaluateOptions, FunctionalOptions, Model, TrainOnBatchOptions } from './training/model.js';
export {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  nadam,
  type Optimizer,
  rmsprop,
  sgd,
} from './training/optimizers/index.js';
export { type LoadOptions, load } from './training/save.js';
export * from './training/schedules/index.js';
export type { Numerics } from './wasm/load.js';
export {
  type Prepared,
  type PrepareOptions,
  prepare,
  type RuntimeInfo,
  runtimeInfo,
} from './wasm/runtime.js';
