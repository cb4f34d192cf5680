/**
 * Models in an AudioWorklet: one step for every hop of sound, on the audio thread.
 *
 * @packageDocumentation
 */
export {
  FormatError,
  RecurraError,
  ShapeError,
  StateError,
  UnknownNameError,
  ValueError,
} from '../errors.js';
export type { ModelInfo } from './messages.js';
export type { Report } from './meter.js';
export {
  createModelNode,
  type LoadModelOptions,
  ModelNode,
  type ModelNodeEvents,
  type ModelNodeOptions,
} from './node.js';
