import { hinge } from '../../src/training/losses/hinge.js';
import type { Loss } from '../../src/training/losses/loss.js';
import {
  cosineSimilarity,
  huber,
  meanAbsoluteError,
  meanSquaredError,
} from '../../src/training/losses/regression.js';
import { testData } from '../harness/random.js';
import * as reference from '../harness/reference/losses.js';

/** Makes data of `count` values for a row length of O. */
type Data = (seed: number, R: number, O: number) => Float32Array;

/** One loss with its options, its reference, its data and its error bounds. */
export interface LossCase {
  label: string;
  loss: Loss;
  reference: reference.ReferenceLoss;
  pred: Data;
  target: Data;
  /** Predictions and targets of special interest, each pair one row of one output. */
  extremes: readonly (readonly [pred: number, target: number])[];
  /** Bounds in units of 2⁻²⁴ of the value; a floor is the size of what a value is a difference of. */
  lossBound: number;
  lossFloor?: number;
  gradientBound: number;
  gradientFloor?: (predRow: Float32Array) => number;
}

const numbers: (low: number, high: number) => Data = (low, high) => (seed, R, O) =>
  testData(seed, R * O, low, high);

const labels: (choices: readonly number[]) => Data = (choices) => (seed, R, O) =>
  testData(seed, R * O, 0, 1).map((v) => choices[Math.floor(v * choices.length)]);

const residuals = [
  [0, 0],
  [1.5, 1.5],
  [1, 0],
  [-1, 0],
  [3e4, -2e4],
  [-1e18, 2],
  [1e-20, 0],
  [2, 1e18],
] as const;

export const LOSS_CASES: LossCase[] = [
  {
    label: 'meanSquaredError',
    loss: meanSquaredError(),
    reference: reference.meanSquaredError,
    pred: numbers(-3, 4),
    target: numbers(-2, 5),
    extremes: residuals,
    lossBound: 4, // measured 2.6
    gradientBound: 4, // measured 2.9
  },
  {
    label: 'meanAbsoluteError',
    loss: meanAbsoluteError(),
    reference: reference.meanAbsoluteError,
    pred: numbers(-3, 4),
    target: numbers(-2, 5),
    extremes: residuals,
    lossBound: 4, // measured 2.5
    gradientBound: 2, // measured 1.5
  },
  ...[1, 0.3].map((delta) => ({
    label: `huber, delta ${delta}`,
    loss: huber({ delta }),
    reference: reference.huber(Math.fround(delta)),
    pred: numbers(-3, 4),
    target: numbers(-2, 5),
    extremes: residuals,
    lossBound: 4, // measured 2.8
    gradientBound: 4, // measured 2.9
  })),
  {
    label: 'hinge, labels 0 and 1',
    loss: hinge(),
    reference: reference.hinge,
    pred: numbers(-2, 2.5),
    target: labels([0, 1, 1]),
    extremes: [
      [1, 1],
      [-1, 0],
      [0, 1],
      [1e18, 1],
      [1e18, 0],
      [-1e18, 1],
    ],
    lossBound: 4, // measured 2.8
    gradientBound: 2, // measured 1.5
  },
  {
    label: 'hinge, labels -1 and 1',
    loss: hinge(),
    reference: reference.hinge,
    pred: numbers(-2, 2.5),
    target: labels([-1, 1, 1]),
    extremes: [
      [1, 1],
      [-1, -1],
      [1e18, -1],
    ],
    lossBound: 4, // measured 2.8
    gradientBound: 2, // measured 1.5
  },
  {
    label: 'cosineSimilarity',
    loss: cosineSimilarity(),
    reference: reference.cosineSimilarity,
    pred: numbers(-1, 1.5),
    target: numbers(-0.8, 1.1),
    extremes: [
      [0, 1],
      [1, 0],
      [0, 0],
      [1e-9, 1],
      [1e-9, 1e-9],
      [3e9, 2e9],
      [-2e-6, 4],
    ],
    lossBound: 4, // measured 2.0
    lossFloor: 1,
    gradientBound: 5, // measured 3.4
    gradientFloor: (pred) => 1 / Math.max(Math.hypot(...pred), 1e-7),
  },
];
