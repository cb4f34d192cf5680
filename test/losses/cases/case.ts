import type { Loss } from '../../../src/training/losses/index.js';
import { testData } from '../../harness/random.js';
import type { ReferenceLoss } from '../../harness/reference/losses.js';

/** Makes the values of R rows for O outputs. */
export type Data = (seed: number, R: number, O: number) => Float32Array;

/** One row: its predictions and its targets. */
export type Row = readonly [pred: readonly number[], target: readonly number[]];

/** One loss with its options, its reference, its data and its error bounds. */
export interface LossCase {
  label: string;
  loss: Loss;
  reference: ReferenceLoss;
  pred: Data;
  target: Data;
  /** Rows of special interest. */
  extremes: readonly Row[];
  /** Bounds in units of 2⁻²⁴ of the value; a floor is the size of what a value is a difference of. */
  lossBound: number;
  lossFloor?: (pred: readonly number[], target: readonly number[]) => number;
  gradientBound: number;
  gradientFloor?: (pred: readonly number[], target: readonly number[]) => number;
}

export const numbers =
  (low: number, high: number): Data =>
  (seed, R, O) =>
    testData(seed, R * O, low, high);

/** Each value one of `choices`. */
export const labels =
  (choices: readonly number[]): Data =>
  (seed, R, O) =>
    testData(seed, R * O, 0, 1).map((v) => choices[Math.floor(v * choices.length)]);

/** Rows of one output. */
export const single = (...pairs: readonly (readonly [number, number])[]): Row[] =>
  pairs.map(([pred, target]) => [[pred], [target]]);
