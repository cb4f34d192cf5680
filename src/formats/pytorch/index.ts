/**
 * Weights from PyTorch and back: state dicts by the names and layouts of its modules, and its own files.
 *
 * @packageDocumentation
 */
export { type ReadTorchOptions, readTorch } from './pt.js';
export {
  type AnyModel,
  type LoadStateDictOptions,
  loadStateDict,
  type StateDictOptions,
  stateDict,
} from './state-dict.js';
export { writeTorch } from './write-pt.js';
