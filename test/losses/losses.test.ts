import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { type LossInput, referenceLosses, relativeError, runLoss } from './bench.js';
import { LOSS_CASES, type LossCase } from './cases/index.js';

const SIZES = [1, 3, 4, 5, 17, 33];
const bench = new KernelBench(4);

function sample(test: LossCase, R: number, O: number, weighted: boolean): LossInput {
  const seed = 1000 * R + O;
  return {
    pred: test.pred(seed, R, O),
    target: test.target(seed + 7, R, O),
    R,
    O,
    weights: weighted ? testData(seed + 3, R, 0, 2.5) : undefined,
    scale: weighted ? 1 / R : 1,
  };
}

/** Errors of the losses and gradients of one input against the reference. */
function errors(test: LossCase, input: LossInput) {
  const { pred, target, R, O, weights, scale = 1 } = input;
  const got = runLoss(bench, test.loss, input);
  const want = referenceLosses(test.reference, input);
  const columns = target.length / R;
  const floor = (r: number, of: LossCase['lossFloor']) =>
    of?.([...pred.subarray(r * O, (r + 1) * O)], [...target.subarray(r * columns, (r + 1) * columns)]) ?? 0;
  const gradientFloors = Array.from(
    { length: R },
    (_, r) => Math.abs(scale * (weights?.[r] ?? 1)) * floor(r, test.gradientFloor),
  );
  return {
    loss: relativeError(got.losses, want.losses, (r) => floor(r, test.lossFloor)),
    gradient: relativeError(got.dpred, want.dpred, (i) => gradientFloors[Math.floor(i / O)]),
  };
}

describe.each(LOSS_CASES)('$label', (test) => {
  it('agrees with the f64 reference at every size, with and without weights', () => {
    let loss = 0;
    let gradient = 0;
    for (const R of SIZES) {
      for (const O of SIZES) {
        for (const weighted of [false, true]) {
          const error = errors(test, sample(test, R, O, weighted));
          loss = Math.max(loss, error.loss);
          gradient = Math.max(gradient, error.gradient);
        }
      }
    }
    expect(loss).toBeLessThanOrEqual(test.lossBound);
    expect(gradient).toBeLessThanOrEqual(test.gradientBound);
  });

  it('agrees with the reference at extreme values', () => {
    for (const [pred, target] of test.extremes) {
      const input = {
        pred: Float32Array.from(pred),
        target: Float32Array.from(target),
        R: 1,
        O: pred.length,
      };
      const error = errors(test, input);
      expect(error.loss, `loss at ${pred}, ${target}`).toBeLessThanOrEqual(test.lossBound);
      expect(error.gradient, `gradient at ${pred}, ${target}`).toBeLessThanOrEqual(test.gradientBound);
    }
  });

  it('gives a row the same bits alone, in any batch, and without the gradient', () => {
    for (const O of [1, 5, 17]) {
      const all = sample(test, 33, O, true);
      const columns = all.target.length / all.R;
      const batch = runLoss(bench, test.loss, all);
      expect([...runLoss(bench, test.loss, all, false).losses]).toEqual([...batch.losses]);
      for (const [from, to] of [
        [0, 1],
        [4, 9],
        [32, 33],
      ]) {
        const part = runLoss(bench, test.loss, {
          pred: all.pred.slice(from * O, to * O),
          target: all.target.slice(from * columns, to * columns),
          R: to - from,
          O,
          weights: all.weights?.slice(from, to),
          scale: all.scale,
        });
        expect([...part.losses]).toEqual([...batch.losses.subarray(from, to)]);
        expect([...part.dpred]).toEqual([...batch.dpred.subarray(from * O, to * O)]);
      }
    }
  });

  it('writes nothing for no rows, and no gradient when none is asked for', () => {
    const none = { pred: new Float32Array(0), target: new Float32Array(0), R: 0, O: 5 };
    expect(runLoss(bench, test.loss, none).losses).toHaveLength(0);
    const { dpred } = runLoss(bench, test.loss, sample(test, 3, 5, false), false);
    expect(dpred.every(Number.isNaN)).toBe(true);
  });
});
