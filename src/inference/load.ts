import { checkOptionNames } from '../errors.js';
import { Network } from '../model/network.js';
import type { ModelOptions } from '../model/network-core.js';
import { pasteTensors } from '../model/paste.js';
import { asFormatError, readNameAndSeed } from '../model/saved.js';
import type { Tensor } from '../tensor.js';
import type { LayerKind } from './kind.js';
import { readWith } from './kinds.js';

/** Options of {@link load}. */
export interface LoadOptions extends Pick<ModelOptions, 'numerics'> {
  /** The kinds of layers that the model has, in any order; more do no harm but travel along. */
  layers: readonly LayerKind[];
}

/** A model that was loaded to predict and to stream. */
export type LoadedModel = Pick<
  Network<Tensor>,
  | 'name'
  | 'seed'
  | 'numerics'
  | 'isQuantized'
  | 'parameterCount'
  | 'predict'
  | 'stream'
  | 'resetStates'
  | 'getWeights'
  | 'setWeights'
>;

/**
 * Reads a model that `save` of `recurra` wrote, to predict and to stream. It gives the bits that the model gave which
 * was saved; it cannot be trained, and what a compiled model has beside its weights is left out.
 *
 * ```ts
 * import { dense, load, lstm } from 'recurra/inference';
 * const model = load(bytes, { layers: [lstm, dense] });
 * ```
 *
 * @param bytes what `save` gave
 * @throws UnknownNameError when the model has a layer that is not among `layers`; FormatError when the bytes are cut
 *   short, damaged, of a later version, or do not describe a model; MemoryError when it does not fit into memory
 */
export function load(bytes: Uint8Array | ArrayBuffer, options: LoadOptions): LoadedModel {
  checkOptionNames('load', options, ['layers', 'numerics']);
  const { layers, ...rest } = options;
  const { content, wiring, parts } = readWith(layers, bytes);
  const network = new Network<Tensor>(wiring, { ...readNameAndSeed(content), ...rest });
  asFormatError(() => pasteTensors(network, parts));
  return network;
}
