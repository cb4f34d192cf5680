import type { Ref } from '../../program/region.js';
import type { Binding } from '../layer.js';

const samePlace = (a: Ref, b: Ref): boolean => a.region === b.region && a.offset === b.offset;

/** The masks of all inputs, of which none must be missing, without repetition. */
function differentMasks(k: Binding): Ref[] {
  const masks = k.inputShapes.flatMap((_, i) => k.mask(i) ?? []);
  return masks.filter((mask, i) => masks.findIndex((other) => samePlace(other, mask)) === i);
}

/** Records the mask of the output: a step counts where it counts in any input. `rows` is T·B, or B. */
export function recordAnyMask(k: Binding, rows: number): void {
  if (k.inputShapes.some((_, i) => k.mask(i) === null)) return;
  const [first, ...others] = differentMasks(k);
  if (others.length === 0) return;
  const either = k.buffer('mask', rows);
  let left: Ref = first;
  for (const mask of others) {
    k.emit('extreme_forward', either, left, mask, rows, 1);
    left = { region: either, offset: 0 };
  }
  k.setMask(0, left);
}
