import {
  cosineSimilarity,
  hinge,
  huber,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
} from '../../../src/training/losses/index.js';
import * as reference from '../../harness/reference/losses.js';
import { type LossCase, labels, numbers, single } from './case.js';

const residuals = single(
  [0, 0],
  [1.5, 1.5],
  [1, 0],
  [-1, 0],
  [Math.SQRT1_2, 0],
  [3e4, -2e4],
  [-1e18, 2],
  [1e-20, 0],
  [2, 1e18],
);

const errorCase = {
  pred: numbers(-3, 4),
  target: numbers(-2, 5),
  extremes: residuals,
};

export const regressionCases: LossCase[] = [
  {
    label: 'meanSquaredError',
    loss: meanSquaredError(),
    reference: reference.meanSquaredError,
    ...errorCase,
    lossBound: 4, // measured 2.6
    gradientBound: 4, // measured 2.9
  },
  {
    label: 'meanAbsoluteError',
    loss: meanAbsoluteError(),
    reference: reference.meanAbsoluteError,
    ...errorCase,
    lossBound: 4, // measured 2.5
    gradientBound: 2, // measured 1.5
  },
  ...[1, 0.5, 0.3].map((delta) => ({
    label: `huber, delta ${delta}`,
    loss: huber({ delta }),
    reference: reference.huber(Math.fround(delta)),
    ...errorCase,
    lossBound: 4, // measured 2.8
    gradientBound: 4, // measured 2.9
  })),
  {
    label: 'logCosh',
    loss: logCosh(),
    reference: reference.logCosh,
    ...errorCase,
    lossBound: 4, // measured 3.0
    gradientBound: 5, // measured 3.4
  },
  ...[
    [0, 1, 1],
    [-1, 1, 1],
  ].map((choices) => ({
    label: `hinge, labels ${choices[0]} and 1`,
    loss: hinge(),
    reference: reference.hinge,
    pred: numbers(-2, 2.5),
    target: labels(choices),
    extremes: single([1, 1], [-1, choices[0]], [0, 1], [1e18, 1], [1e18, choices[0]], [-1e18, 1]),
    lossBound: 4, // measured 2.8
    gradientBound: 2, // measured 1.5
  })),
  {
    label: 'cosineSimilarity',
    loss: cosineSimilarity(),
    reference: reference.cosineSimilarity,
    pred: numbers(-1, 1.5),
    target: numbers(-0.8, 1.1),
    extremes: single([0, 1], [1, 0], [0, 0], [1e-9, 1], [1e-9, 1e-9], [3e9, 2e9], [-2e-6, 4]),
    lossBound: 4, // measured 2.0
    lossFloor: () => 1,
    gradientBound: 5, // measured 3.4
    gradientFloor: (pred) => 1 / Math.max(Math.hypot(...pred), 1e-7),
  },
];
