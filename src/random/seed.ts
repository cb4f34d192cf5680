import { ValueError } from '../errors.js';

/** The two 32-bit words, low and high, of a seed: the key of Philox. Negative seeds count from 2^64 down. */
export function seedWords(seed: number): [low: number, high: number] {
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`seed: expected a whole number of at most 53 bits, got ${String(seed)}`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}

/**
 * Last word of the Philox counter: what the numbers are for. Dropout masks have the high half of the
 * step there, which stays below 2^21, so that no two uses of one seed ever share a counter.
 */
export const INITIALIZER_DOMAIN = 0x80000000;
export const SHUFFLE_DOMAIN = 0x80000001;
export const SCHEDULED_DOMAIN = 0x80000002;
export const GENERATION_DOMAIN = 0x80000003;
