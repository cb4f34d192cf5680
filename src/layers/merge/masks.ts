import { at, type Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { Binding } from '../layer.js';

const samePlace = (a: Ref, b: Ref): boolean => a.region === b.region && a.offset === b.offset;

/** The masks that inputs have, without repetition. */
function differentMasks(k: Binding): Ref[] {
  const masks = k.inputShapes.flatMap((_, i) => k.mask(i) ?? []);
  return masks.filter((mask, i) => masks.findIndex((other) => samePlace(other, mask)) === i);
}

const allMasked = (k: Binding): boolean => k.inputShapes.every((_, i) => k.mask(i) !== null);

/** Whether there are steps that count in one input and not in another. */
function disagree(k: Binding): boolean {
  const { length } = differentMasks(k);
  return length > 1 || (length === 1 && !allMasked(k));
}

/** Where the mask of the output lies that {@link recordAnyMask} makes; null where not all inputs have one. */
function anyMask(k: Binding, rows: number): Ref | null {
  if (!allMasked(k)) return null;
  const masks = differentMasks(k);
  return masks.length === 1 ? masks[0] : at(k.buffer('mask', rows));
}

/** Records the mask of the output: a step counts where it counts in any input. `rows` is T·B, or B. */
export function recordAnyMask(k: Binding, rows: number): void {
  const either = anyMask(k, rows);
  const [first, ...others] = differentMasks(k);
  if (either === null || others.length === 0) return;
  let left = first;
  for (const mask of others) {
    k.emit(kernels.extreme_forward, either, left, mask, rows, 1);
    left = either;
  }
  k.setMask(0, either);
}

/** An input as a layer sees it that leaves out steps which do not count: recorded by {@link recordOperands}. */
export function operandOf(k: Binding, input: number): Ref {
  if (k.mask(input) === null || !disagree(k)) return k.input(input);
  return at(k.buffer(`operand_${input}`, k.batch * sizeOf(k.outputShapes[0])));
}

/** Records inputs that are `neutral` at steps which do not count, where masks differ. */
export function recordOperands(k: Binding, neutral: number, rows: number): void {
  const N = (k.batch * sizeOf(k.outputShapes[0])) / rows;
  k.inputShapes.forEach((_, i) => {
    const operand = operandOf(k, i);
    if (samePlace(operand, k.input(i))) return;
    k.emit(kernels.choose_rows, operand, k.input(i), null, k.mask(i), rows, N, neutral);
  });
}

/** Records 0 where a step counts in no input, once {@link recordAnyMask} has run. */
export function clearUncounted(k: Binding, y: Ref, rows: number): void {
  const any = anyMask(k, rows);
  if (any === null || !disagree(k)) return;
  k.emit(kernels.mask_rows, y, y, any, rows, (k.batch * sizeOf(k.outputShapes[0])) / rows);
}

/** Records 0 in the gradient of an input at steps that do not count, where masks differ. */
export function clearGradient(k: Binding, dx: Ref, input: number, rows: number): void {
  const mask = k.mask(input);
  if (mask === null || !disagree(k)) return;
  k.emit(kernels.mask_rows, dx, dx, mask, rows, (k.batch * sizeOf(k.outputShapes[0])) / rows);
}
