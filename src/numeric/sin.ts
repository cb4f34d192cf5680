import { cosPi } from './cos.js';

/** sin x and cos x for 0 ≤ x < 2^30, within 1e-15 · max(1, x); the same bits on every engine. */
export function sinCos(x: number): { sin: number; cos: number } {
  const turns = x / Math.PI;
  return { sin: cosPi(turns - 0.5), cos: cosPi(turns) };
}
