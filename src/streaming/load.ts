import { checkOptionNames } from '../errors.js';
import { readWith } from '../inference/kinds.js';
import type { LoadOptions } from '../inference/load.js';
import { NetworkCore } from '../model/network-core.js';
import { putWeights } from '../model/put-weights.js';
import { asFormatError, readNameAndSeed, type Saved } from '../model/saved.js';
import { openStream, type StepOptions, type StepSession } from './open.js';

/** A model that was loaded to stream. */
export interface StreamingModel extends Pick<NetworkCore, 'name' | 'seed' | 'numerics'> {
  /** Whether the model was made by `quantize`. */
  readonly isQuantized: boolean;
  /** Total number of weights. */
  readonly parameterCount: number;
  /**
   * A session that takes one time step at a time and keeps the state in linear memory.
   *
   * @throws ValueError when a layer needs more than the past (its name is in the message) or the model has several
   *   inputs; MemoryError
   */
  stream(options?: StepOptions): StepSession;
}

/** @internal A model as it is loaded to stream. */
export class Loaded extends NetworkCore implements StreamingModel {
  stream(options: StepOptions = {}): StepSession {
    return openStream(this, options);
  }
}

/** @internal Makes a model of what was read from a file. @throws FormatError, MemoryError */
export function loadedFrom(
  { content, wiring, parts }: Saved,
  options: Pick<LoadOptions, 'numerics'> = {},
): Loaded {
  const model = new Loaded(wiring, { ...readNameAndSeed(content), ...options });
  asFormatError(() => putWeights(model.parameters, Object.entries(parts.weights)));
  return model;
}

/**
 * Reads a model that `save` of `recurra` wrote, to stream it. A step gives the bits that the model gave which was
 * saved.
 *
 * ```ts
 * import { dense, load, lstm } from 'recurra/streaming';
 * const stream = load(bytes, { layers: [lstm, dense] }).stream();
 * ```
 *
 * @param bytes what `save` gave
 * @throws UnknownNameError when the model has a layer that is not among `layers`; FormatError when the bytes are cut
 *   short, damaged, of a later version, or do not describe a model; MemoryError when it does not fit into memory
 */
export function load(bytes: Uint8Array | ArrayBuffer, options: LoadOptions): StreamingModel {
  checkOptionNames('load', options, ['layers', 'numerics']);
  const { layers, ...rest } = options;
  return loadedFrom(readWith(layers, bytes), rest);
}
