import { readSaved, type Saved } from '../model/saved.js';
import { resolverOf } from './kind.js';

/**
 * Reads a saved model whose layers are among the kinds given.
 * @throws UnknownNameError when one is not; FormatError, ValueError
 */
export function readWith(layers: unknown, bytes: Uint8Array | ArrayBuffer): Saved {
  const { resolve, missing } = resolverOf(layers, 'lstm');
  try {
    return readSaved(bytes, resolve);
  } catch (error) {
    throw missing[0] ?? error;
  }
}
