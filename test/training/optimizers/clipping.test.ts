import { describe, expect, it } from 'vitest';
import { adam, type Optimizer, sgd } from '../../../src/training/optimizers/index.js';
import { OPTIMIZER_CASES } from '../../harness/optimizer-cases.js';
import { OptimizerRun } from '../../harness/optimizer-run.js';
import { testData } from '../../harness/random.js';
import { referenceClip, referenceSteps } from '../../harness/reference/optimizers.js';

/** Clipped steps against the f64 reference. Measured: 4.3e-7. */
const CLIPPED_MAX_ERROR = 6e-7;
const SIZES = [1, 3, 4, 5, 17, 33];
const N = SIZES.reduce((a, b) => a + b);

function tensors(gradient: ArrayLike<number>): number[][] {
  let at = 0;
  return SIZES.map((n) => {
    at += n;
    return Array.from({ length: n }, (_, i) => gradient[at - n + i]);
  });
}

function oneStep(optimizer: Optimizer, gradient: ArrayLike<number>, sizes = [gradient.length]): Float32Array {
  return new OptimizerRun(optimizer, new Float32Array(gradient.length), sizes).batch(gradient);
}

describe.each([{ clipValue: 0.3 }, { clipNorm: 0.9 }, { globalClipNorm: 1.5 }])('%o', (clip) => {
  it.each(OPTIMIZER_CASES)('with $title', ({ optimizer, options, make }) => {
    const start = testData(6, N);
    const gradients = Array.from({ length: 10 }, (_, t) => testData(300 + t, N, -0.7, 1));
    const run = new OptimizerRun(make(clip), start, SIZES);
    const clipped = gradients.map((g) => referenceClip(tensors(g), clip).flat());
    const want = referenceSteps(optimizer, options, start, clipped);
    gradients.forEach((gradient, t) => {
      const got = run.batch(gradient);
      const worst = Math.max(...want[t].map((value, i) => Math.abs(got[i] - value)));
      expect(worst, `step ${t + 1}`).toBeLessThan(CLIPPED_MAX_ERROR);
    });
  });

  it('keeps every bit of a gradient within the limit', () => {
    const gradient = testData(7, 33, -0.1, 0.12);
    const free = oneStep(sgd({ learningRate: 1 }), gradient);
    expect(oneStep(sgd({ learningRate: 1, ...clip }), gradient)).toEqual(free);
  });

  it('lets a gradient that is not a number through', () => {
    const after = oneStep(sgd(clip), [0.5, Number.NaN, 2, 0.1, 3]);
    expect(after[1]).toBeNaN();
  });
});

describe('clipNorm', () => {
  it('limits each weight by itself', () => {
    const gradient = [3, 4, 0.1, 0.2, 0, 0, 6];
    const after = oneStep(sgd({ learningRate: 1, clipNorm: 2.5 }), gradient, [2, 2, 3]);
    [-1.5, -2, -0.1, -0.2, 0, 0, -2.5].forEach((want, i) => {
      expect(after[i]).toBeCloseTo(want, 6);
    });
  });
});

describe('globalClipNorm', () => {
  it('limits all weights together', () => {
    const after = oneStep(sgd({ learningRate: 1, globalClipNorm: 1 }), [3, 0, 4, 0, 12], [2, 1, 2]);
    [-3 / 13, 0, -4 / 13, 0, -12 / 13].forEach((want, i) => {
      expect(after[i]).toBeCloseTo(want, 6);
    });
  });

  it('takes gradients whose squares are beyond f32', () => {
    const after = oneStep(sgd({ learningRate: 1, globalClipNorm: 1 }), [3e30, 4e30]);
    expect(after[0]).toBeCloseTo(-0.6, 6);
    expect(after[1]).toBeCloseTo(-0.8, 6);
  });

  it('makes every parameter NaN when the norm is infinite, as Keras does', () => {
    const after = oneStep(sgd({ globalClipNorm: 1 }), [1, Number.POSITIVE_INFINITY, 0]);
    expect([...after].every(Number.isNaN)).toBe(true);
  });

  it('does not hide in the norm of a step what an earlier one added', () => {
    const run = new OptimizerRun(sgd({ learningRate: 1, globalClipNorm: 5 }), [0, 0]);
    run.batch([300, 400]);
    expect([...run.batch([1, 2])].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([-4, -6]);
  });
});

describe('the order of a step', () => {
  it('takes the mean, then clips, then decays, then updates', () => {
    const optimizer = sgd({
      learningRate: 0.5,
      clipValue: 1,
      weightDecay: 0.1,
      gradientAccumulationSteps: 2,
    });
    const run = new OptimizerRun(optimizer, [10, 10, 10]);
    run.batch([5, 0.25, -3]);
    const after = run.batch([-1, 0.75, -3]);
    // means 2, 0.5, -3; clipped 1, 0.5, -1; 10 − 10 · 0.1 · 0.5 = 9.5
    [9, 9.25, 10].forEach((want, i) => {
      expect(after[i]).toBeCloseTo(want, 5);
    });
  });

  it('clips the norm of the mean, not of the sum', () => {
    for (const clip of [{ clipNorm: 5 }, { globalClipNorm: 5 }]) {
      const run = new OptimizerRun(sgd({ learningRate: 1, gradientAccumulationSteps: 4, ...clip }), [0, 0]);
      for (let batch = 0; batch < 3; batch++) run.batch([3, 4]);
      expect([...run.batch([3, 4])]).toEqual([-3, -4]);
    }
  });

  it('decays by the learning rate of the step before the update', () => {
    const run = new OptimizerRun(adam({ learningRate: 0.1, weightDecay: 0.5 }), [2]);
    const after = run.batch([0.7]);
    expect(after[0]).toBeCloseTo(2 - 2 * 0.5 * 0.1 - 0.1, 5);
  });
});
