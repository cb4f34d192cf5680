import { SHUFFLE_DOMAIN } from './seed.js';
import { RandomStream } from './stream.js';

/**
 * A random order of 0 … n − 1, the same for the same seed and epoch in every engine.
 * Source: Fisher & Yates, in the form of Durstenfeld 1964.
 */
export function permutation(n: number, seed: number, epoch: number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const stream = new RandomStream(seed, epoch, SHUFFLE_DOMAIN);
  for (let i = n - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}
