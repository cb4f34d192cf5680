import { ValueError } from '../errors.js';
import { type Shape, sizeOf } from '../shape.js';

/** How a value lies in memory around one of its axes: [outer, the axis, inner]. */
export interface Around {
  readonly outer: number;
  readonly inner: number;
}

/**
 * Layout around an axis of one sample. Sequences are [T, B, ...], vectors [B, F], and what stands for one step of
 * a sequence [B, ...].
 *
 * @param stepping whether the shape is that of one step
 */
export function around(shape: Shape, axis: number, batch: number, stepping: boolean): Around {
  const inner = sizeOf(shape.slice(axis + 1));
  if (axis === 0 && shape.length > 1 && !stepping) return { outer: 1, inner: batch * inner };
  return { outer: batch * sizeOf(shape.slice(0, axis)), inner };
}

/** Checks an axis counted as Keras does, the batch being 0: from 1, or from −1 at the end. */
export function checkAxis(where: string, axis: unknown): number {
  if (!Number.isSafeInteger(axis) || axis === 0) {
    throw new ValueError(
      `${where}: axis must be a whole number other than 0, which is the batch, got ${String(axis)}`,
    );
  }
  return axis as number;
}

/**
 * Position in the shape of one sample of an axis counted as Keras does.
 *
 * @throws ValueError when there is no such axis
 */
export function axisOf(where: string, axis: number, rank: number): number {
  const position = axis > 0 ? axis - 1 : rank + axis;
  if (position < 0 || position >= rank) {
    throw new ValueError(`${where}: axis is ${axis}, the input has ${rank} beside the batch`);
  }
  return position;
}

/** The same in the shape of one step, from which the time axis of a sequence is gone. */
export function stepAxis(axis: number, rank: number): number {
  if (axis < 0) return rank + axis;
  return rank === 1 ? 0 : axis - 2;
}

/** Why an axis keeps a layer from streaming, or undefined. */
export function refusesTimeAxis(axis: number, rank: number): string | undefined {
  const position = axis > 0 ? axis - 1 : rank + axis;
  return rank > 1 && position === 0 ? 'it works along the time axis' : undefined;
}
