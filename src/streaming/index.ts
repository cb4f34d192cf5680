/**
 * Saved models to stream with, a step at a time, and for nothing else: the smallest of the entries.
 *
 * @packageDocumentation
 */
export {
  DataError,
  EngineError,
  FormatError,
  KernelError,
  MemoryError,
  RecurraError,
  ShapeError,
  StateError,
  UnknownNameError,
  ValueError,
} from '../errors.js';
export type { LayerKind } from '../inference/kind.js';
export * from '../inference/layers.js';
export type { LoadOptions } from '../inference/load.js';
export { useKernels } from '../wasm/own.js';
export { load, type StreamingModel } from './load.js';
export type { StepOptions, StepSession } from './open.js';
