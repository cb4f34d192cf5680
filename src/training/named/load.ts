import { checkOptionNames } from '../../errors.js';
import type { Cell } from '../../layers/custom/index.js';
import { resolverOfCells } from '../../layers/registry.js';
import type { Numerics } from '../../wasm/load.js';
import { readModel } from '../load.js';
import { NamedModel } from './model.js';
import { ALL_NAMES } from './names.js';

/** Options of {@link load}. */
export interface LoadOptions {
  /** Numerics of the loaded model. A file says nothing about them. Default 'portable'. */
  numerics?: Numerics;
  /** Threads of the loaded model, as in {@link ModelOptions}. A file says nothing about them. Default 1. */
  threads?: number;
  /** The cells of one's own that the model has (`defineCell`). Default none. */
  cells?: readonly Cell<never>[];
}

/**
 * Reads a model that `save` wrote. A compiled model comes back compiled, and goes on training with the same
 * bits as if it had never stopped.
 *
 * @param bytes what `save` gave
 * @throws FormatError when the bytes are cut short, damaged, of a later version, or do not describe a model;
 *   MemoryError when the model does not fit into memory
 */
export function load(bytes: Uint8Array | ArrayBuffer, options: LoadOptions = {}): NamedModel {
  checkOptionNames('load', options, ['numerics', 'threads', 'cells']);
  const { cells = [], ...rest } = options;
  return readModel(
    bytes,
    { resolve: resolverOfCells('load', cells), names: ALL_NAMES, Kind: NamedModel },
    rest,
  );
}
