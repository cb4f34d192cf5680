import { ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, type OpenShape, type Shape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { Binding } from '../layer.js';

/** Sizes of one sample, all of them known. @throws ShapeError */
export function knownSizes(shape: OpenShape, name: string): Shape {
  if (shape.includes(null)) {
    throw new ShapeError(
      `${name}: input has shape ${formatShape([null, ...shape])}, expected sizes that are known`,
    );
  }
  return shape as Shape;
}

/** Throws unless the value is a sequence [time, features]. */
export function checkSequence(shape: OpenShape, name: string): void {
  if (shape.length === 2 && shape[1] !== null) return;
  const came = formatShape([null, ...shape]);
  throw new ShapeError(`${name}: input has shape ${came}, expected [batch, time, features]`);
}

/**
 * Records what turns values of one shape into another of as many elements. Memory holds vectors sample by
 * sample and sequences time-major, so that they are turned to [B, ...] in between.
 */
export function recordReshape(k: Binding, out: Ref, x: Ref, from: Shape, to: Shape, between: string): void {
  const size = sizeOf(from);
  let samples = x;
  if (from.length > 1) {
    samples = to.length > 1 ? at(k.buffer(between, k.batch * size)) : out;
    k.emit(kernels.transpose_copy, samples, x, from[0], k.batch, size / from[0]);
  }
  if (to.length > 1) k.emit(kernels.transpose_copy, out, samples, k.batch, to[0], size / to[0]);
}

/** Whether both shapes lie in memory alike, so that nothing moves. */
export function liesAlike(from: OpenShape, to: OpenShape): boolean {
  if (from.length < 2 || to.length < 2) return from.length < 2 && to.length < 2;
  return from[0] === to[0];
}
