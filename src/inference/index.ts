/**
 * Saved models to predict and to stream with, and nothing to train: a loader that is given the kinds of layers it needs,
 * so that a bundle holds those alone.
 *
 * @packageDocumentation
 */
export {
  DataError,
  FormatError,
  KernelError,
  MemoryError,
  RecurraError,
  ShapeError,
  StateError,
  UnknownNameError,
  ValueError,
} from '../errors.js';
export type { ModelInputs } from '../model/inputs.js';
export type { PredictOptions } from '../model/network.js';
export type { Stream, StreamOptions } from '../model/stream.js';
export { type Tensor, type TensorLike, tensor } from '../tensor.js';
export { useKernels } from '../wasm/own.js';
export type { LayerKind } from './kind.js';
export * from './layers.js';
export { type LoadedModel, type LoadOptions, load } from './load.js';
