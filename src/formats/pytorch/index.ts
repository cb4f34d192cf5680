/**
 * Weights from PyTorch and back.
 *
 * @packageDocumentation
 */
export {
  type LoadStateDictOptions,
  loadStateDict,
  type StateDictOptions,
  stateDict,
} from './state-dict.js';
