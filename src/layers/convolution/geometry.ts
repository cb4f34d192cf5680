import { ShapeError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';

/** What counts as outside of a sequence: nothing, zeros at both ends, zeros in front. */
export type Padding = 'valid' | 'same' | 'causal';

/** Every padding. */
export const PADDINGS: readonly Padding[] = ['valid', 'same', 'causal'];

/** A window that moves over a sequence. */
export interface Sliding {
  readonly kernelSize: number;
  readonly strides: number;
  readonly dilationRate: number;
  readonly padding: Padding;
}

/** Steps from the first tap of a window to its last, both included. */
export const reachOf = ({ kernelSize, dilationRate }: Sliding): number => (kernelSize - 1) * dilationRate + 1;

/** Steps that come out of T, as Keras counts them; 0 where 'valid' finds no room. */
export function slidSteps(window: Sliding, T: number): number {
  const inside = window.padding === 'valid' ? T - reachOf(window) + 1 : T;
  return Math.max(0, Math.ceil(inside / window.strides));
}

/** Steps of zeros in front of T steps. With 'same' an odd number puts one more behind. */
export function stepsBefore(window: Sliding, T: number): number {
  if (window.padding === 'valid') return 0;
  if (window.padding === 'causal') return reachOf(window) - 1;
  const last = (slidSteps(window, T) - 1) * window.strides + reachOf(window);
  return Math.max(0, last - T) >> 1;
}

/** The same for a time axis that may be open. @throws ShapeError when the sequence is shorter than the window */
export function slidShape(window: Sliding, x: OpenShape, channels: number, name: string): OpenShape {
  const [T] = x;
  if (T === null) return [null, channels];
  const steps = slidSteps(window, T);
  if (steps > 0) return [steps, channels];
  throw new ShapeError(
    `${name}: input has shape ${formatShape([null, ...x])}, expected at least ${reachOf(window)} steps, ` +
      `which a window of ${window.kernelSize} with dilationRate ${window.dilationRate} covers`,
  );
}

/** Why a window cannot be fed step by step, or undefined. */
export function refusesSliding({ padding, strides }: Sliding): string | undefined {
  if (padding !== 'causal') return `padding '${padding}' is not causal; padding 'causal' streams`;
  if (strides > 1) return `strides ${strides} gives no output at some steps`;
  return undefined;
}
