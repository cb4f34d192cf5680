import type { Loss } from './loss.js';

/**
 * Takes rows of the ignored class out of a mean over all rows, as Keras does: their weight becomes 0,
 * that of the others grows by rows / rows that count. Changes `weights` in place. Targets are [rows].
 */
export function weightIgnoredRows(loss: Loss, targets: Float32Array, weights: Float32Array): void {
  if (loss.ignoreClass === null) return;
  const rows = weights.length;
  let counted = 0;
  for (let r = 0; r < rows; r++) if (targets[r] !== loss.ignoreClass) counted++;
  for (let r = 0; r < rows; r++) {
    weights[r] = targets[r] === loss.ignoreClass ? 0 : weights[r] * Math.fround(rows / counted);
  }
}
