import {
  binaryCrossentropy,
  categoricalCrossentropy,
  klDivergence,
  poisson,
  sparseCategoricalCrossentropy,
} from '../../../src/training/losses/index.js';
import { testData } from '../../harness/random.js';
import * as reference from '../../harness/reference/losses.js';
import { type Data, type LossCase, labels, numbers, type Row, single } from './case.js';

/** Class ids [R] below O. */
const classes: Data = (seed, R, O) => testData(seed, R, 0, 1).map((v) => Math.floor(v * O));

const oneHot: Data = (seed, R, O) => {
  const table = new Float32Array(R * O);
  classes(seed, R, O).forEach((id, r) => {
    table[r * O + id] = 1;
  });
  return table;
};

/** Probability distributions over O classes. */
const distributions: Data = (seed, R, O) => {
  const table = testData(seed, R * O, 0.02, 1);
  for (let r = 0; r < R; r++) {
    const row = table.subarray(r * O, (r + 1) * O);
    const total = row.reduce((a, b) => a + b, 0);
    row.forEach((v, j) => {
      row[j] = v / total;
    });
  }
  return table;
};

const certain = single([0, 0], [0, 1], [1, 0], [1, 1], [1e-7, 1], [0.9999999, 0], [1e-6, 0.25], [0.5, 0.5]);
const logits = single(
  [0, 0],
  [0, 1],
  [100, 1],
  [100, 0],
  [-100, 1],
  [-100, 0],
  [20, 1],
  [-20, 0],
  [1e-3, 0.5],
);

/** Target [y] as one-hot, or as it is. */
const classRows = (rows: readonly (readonly [readonly number[], number])[], sparse: boolean): Row[] =>
  rows.map(([pred, y]) => [pred, sparse ? [y] : pred.map((_, j) => (j === y ? 1 : 0))]);

const certainRows = [
  [[1, 0, 0], 0],
  [[1, 0, 0], 2],
  [[0, 0, 0, 0, 3], 4],
  [[1e-9, 1, 2], 0],
  [[1e-9, 1, 2], 1],
  [[5e-7, 1, 1], 0],
] as const;

const logitRows = [
  [[100, -100, 0], 0],
  [[100, -100, 0], 1],
  [[-100, -100, -100, -100, -100], 3],
  [[100, 100, 100, 99], 3],
  [[0, 20, 1, -3], 1],
  [[1e4, -1e4], 1],
] as const;

/** Neither no nor yes: the gradient is then a difference of terms of size 1. */
const isSoft = (target: number) => target !== 0 && target !== 1;

const binary = [0, 0.125].flatMap((labelSmoothing): LossCase[] => [
  {
    label: `binaryCrossentropy, smoothing ${labelSmoothing}`,
    loss: binaryCrossentropy({ labelSmoothing }),
    reference: reference.binaryCrossentropy(labelSmoothing),
    pred: numbers(0.001, 0.998),
    target: labelSmoothing ? labels([0, 1]) : numbers(0, 1),
    extremes: certain,
    lossBound: 4, // measured 2.7
    lossFloor: () => 1,
    gradientBound: 6, // measured 4.2
    gradientFloor: (pred) => 1 / pred.length,
  },
  {
    label: `binaryCrossentropy from logits, smoothing ${labelSmoothing}`,
    loss: binaryCrossentropy({ fromLogits: true, labelSmoothing }),
    reference: reference.binaryCrossentropyLogits(labelSmoothing),
    pred: numbers(-7, 9),
    target: labelSmoothing ? numbers(0, 1) : labels([0, 1]),
    extremes: logits,
    lossBound: 5, // measured 3.6
    gradientBound: 5, // measured 3.8
    gradientFloor: (pred, target) => (labelSmoothing || target.some(isSoft) ? 1 / pred.length : 0),
  },
]);

const categorical = [0, 0.125].flatMap((labelSmoothing): LossCase[] => [
  {
    label: `categoricalCrossentropy, smoothing ${labelSmoothing}`,
    loss: categoricalCrossentropy({ labelSmoothing }),
    reference: reference.categoricalCrossentropy(labelSmoothing),
    pred: numbers(0.02, 0.9),
    target: labelSmoothing ? oneHot : distributions,
    extremes: classRows(certainRows, false),
    lossBound: 5, // measured 3.6
    gradientBound: 8, // measured 5.6
    gradientFloor: (pred) => 1 / pred.reduce((a, b) => a + b, 0),
  },
  {
    label: `categoricalCrossentropy from logits, smoothing ${labelSmoothing}`,
    loss: categoricalCrossentropy({ fromLogits: true, labelSmoothing }),
    reference: reference.categoricalCrossentropyLogits(labelSmoothing),
    pred: numbers(-7, 9),
    target: labelSmoothing ? distributions : oneHot,
    extremes: classRows(logitRows, false),
    lossBound: 4, // measured 2.2
    lossFloor: () => 1,
    gradientBound: 4, // measured 3.0
    gradientFloor: () => 1,
  },
]);

const sparse = [null, 4].flatMap((ignoreClass): LossCase[] => [
  {
    label: `sparseCategoricalCrossentropy, ignoring ${ignoreClass}`,
    loss: sparseCategoricalCrossentropy({ ignoreClass }),
    reference: reference.sparseCategoricalCrossentropy(ignoreClass),
    pred: numbers(0.02, 0.9),
    target: classes,
    extremes: classRows(certainRows, true),
    lossBound: 6, // measured 4.4
    gradientBound: 8, // measured 5.7
  },
  {
    label: `sparseCategoricalCrossentropy from logits, ignoring ${ignoreClass}`,
    loss: sparseCategoricalCrossentropy({ fromLogits: true, ignoreClass }),
    reference: reference.sparseCategoricalCrossentropyLogits(ignoreClass),
    pred: numbers(-7, 9),
    target: classes,
    extremes: classRows(logitRows, true),
    lossBound: 3, // measured 1.7
    lossFloor: () => 1,
    gradientBound: 3, // measured 2.2
    gradientFloor: () => 1,
  },
]);

export const probabilisticCases: LossCase[] = [
  ...binary,
  ...categorical,
  ...sparse,
  {
    label: 'klDivergence',
    loss: klDivergence(),
    reference: reference.klDivergence,
    pred: numbers(0.02, 0.98),
    target: distributions,
    extremes: certain,
    lossBound: 3, // measured 1.9
    lossFloor: () => 1,
    gradientBound: 4, // measured 2.4
  },
  {
    label: 'poisson',
    loss: poisson(),
    reference: reference.poisson,
    pred: numbers(0.05, 5),
    target: labels([0, 1, 2, 7]),
    extremes: single([0, 0], [0, 3], [1e-7, 1], [1e6, 3], [3, 1e6], [5, 5]),
    lossBound: 3, // measured 1.7
    lossFloor: (pred, target) =>
      pred.reduce((a, p, j) => a + p + Math.abs(target[j] * Math.log(p + 1e-7)), 0) / pred.length,
    gradientBound: 6, // measured 4.1
    gradientFloor: (pred) => 1 / pred.length,
  },
];
