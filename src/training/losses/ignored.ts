import type { Loss } from './loss.js';

/**
 * Takes rows of the ignored class out of a mean over all rows, as Keras does: their weight becomes 0,
 * that of the others grows by rows / rows that count. Changes `weights` in place. Targets are [rows].
 *
 * @param masked whether a mask says as well which rows count: those ignored get weight −1 then, and the kernel counts
 */
export function weightIgnoredRows(
  loss: Loss,
  targets: Float32Array,
  weights: Float32Array,
  masked = false,
): void {
  if (loss.ignoreClass === null) return;
  const rows = weights.length;
  if (masked) {
    for (let r = 0; r < rows; r++) if (targets[r] === loss.ignoreClass) weights[r] = -1;
    return;
  }
  let counted = 0;
  for (let r = 0; r < rows; r++) if (targets[r] !== loss.ignoreClass) counted++;
  for (let r = 0; r < rows; r++) {
    weights[r] = targets[r] === loss.ignoreClass ? 0 : weights[r] * Math.fround(rows / counted);
  }
}
