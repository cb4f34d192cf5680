/**
 * Files of tensors in the safetensors format, and PyTorch's names for the weights of a model.
 *
 * @packageDocumentation
 */

export {
  type AnyModel,
  type LoadStateDictOptions,
  loadStateDict,
  type StateDictOptions,
  stateDict,
} from '../pytorch/state-dict.js';
export { readSafetensors, type Safetensors } from './read.js';
export { writeSafetensors } from './write.js';
