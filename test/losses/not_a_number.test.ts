import { describe, expect, it } from 'vitest';
import { categoricalCrossentropy, sparseCategoricalCrossentropy } from '../../src/training/losses/index.js';
import { KernelBench } from '../harness/kernels.js';
import { runLoss } from './bench.js';
import { LOSS_CASES } from './cases/index.js';

const bench = new KernelBench(1);
const R = 3;
const O = 6;

describe.each(LOSS_CASES)('$label', (test) => {
  it.each([0, 5])('a NaN in column %i of a row makes that row NaN and no other', (column) => {
    const pred = test.pred(1, R, O);
    const target = test.target(2, R, O);
    // A class that the probability form looks at, and that no case ignores.
    if (test.loss.targetColumns(O) === 1) target.fill(column);
    pred[O + column] = Number.NaN;
    const { losses } = runLoss(bench, test.loss, { pred, target, R, O });
    expect([...losses].map(Number.isNaN)).toEqual([false, true, false]);
  });
});

describe('class probabilities that sum to 0', () => {
  it.each([
    ['one-hot', categoricalCrossentropy(), Float32Array.of(0, 1, 0)],
    ['class id', sparseCategoricalCrossentropy(), Float32Array.of(1)],
  ])('give NaN with a %s target', (_, loss, target) => {
    const input = { pred: new Float32Array(3), target, R: 1, O: 3 };
    expect(runLoss(bench, loss, input).losses[0]).toBeNaN();
  });
});
