import { describe, expect, it } from 'vitest';
import { adam, sgd } from '../../../src/training/optimizers/index.js';
import { piecewiseConstantDecay } from '../../../src/training/schedules/index.js';
import { OPTIMIZER_CASES } from '../../harness/optimizer-cases.js';
import { OptimizerRun } from '../../harness/optimizer-run.js';
import { testData } from '../../harness/random.js';

/** Three batches against their mean, rounded differently. Measured: 6.0e-8. */
const THIRDS_MAX_ERROR = 1.5e-7;

/** Multiples of 1/64 below 2: sums of them are exact, so that only the factor 1/k can round. */
function exactData(seed: number, n: number): Float32Array {
  return testData(seed, n).map((x) => Math.round(x * 64) / 64);
}

describe.each(OPTIMIZER_CASES)('$title', ({ make }) => {
  it('makes of four batches the step of one big batch, bit for bit', () => {
    const start = testData(8, 17);
    const parts = new OptimizerRun(make({ gradientAccumulationSteps: 4 }), start);
    const big = new OptimizerRun(make(), start);
    for (let step = 0; step < 5; step++) {
      const batches = [0, 1, 2, 3].map((i) => exactData(10 * step + i, 17));
      const mean = batches[0].map((_, i) => batches.reduce((sum, b) => sum + b[i], 0) / 4);
      const want = big.batch(mean);
      for (const batch of batches.slice(0, 3)) expect(parts.batch(batch)).not.toEqual(want);
      expect(parts.batch(batches[3])).toEqual(want);
    }
  });

  it('makes of three batches the step of one big batch', () => {
    const start = testData(8, 5);
    const parts = new OptimizerRun(make({ gradientAccumulationSteps: 3 }), start);
    const big = new OptimizerRun(make(), start);
    for (let step = 0; step < 5; step++) {
      const batches = [0, 1, 2].map((i) => testData(10 * step + i, 5));
      const want = big.batch(batches[0].map((_, i) => batches.reduce((sum, b) => sum + b[i], 0) / 3));
      const got = batches.map((batch) => parts.batch(batch))[2];
      const worst = Math.max(...[...want].map((value, i) => Math.abs(got[i] - value)));
      expect(worst).toBeLessThan(THIRDS_MAX_ERROR);
    }
  });
});

describe('counting', () => {
  const hyper = new Float32Array(8);

  it('says which batch completes a step', () => {
    const optimizer = sgd({ gradientAccumulationSteps: 3 });
    const state = optimizer.initialState();
    const due = Array.from({ length: 7 }, () => optimizer.advance(hyper, state));
    expect(due).toEqual([false, false, true, false, false, true, false]);
    expect(state.iterations).toBe(7);
    expect(optimizer.isAccumulating(state)).toBe(true);
    expect(hyper[1]).toBe(Math.fround(1 / 3));
  });

  it('asks the schedule for the batch, as Keras does, and corrects the bias by the step', () => {
    const schedule = piecewiseConstantDecay({ boundaries: [1, 3], values: [1, 0.5, 0.25] });
    const optimizer = adam({ learningRate: schedule, beta1: 0.5, beta2: 0, gradientAccumulationSteps: 2 });
    const state = optimizer.initialState();
    const seen: number[][] = [];
    for (let batch = 0; batch < 6; batch++) {
      if (optimizer.advance(hyper, state)) seen.push([hyper[0], hyper[2]]);
    }
    expect(seen).toEqual([
      [1, 2],
      [0.5, Math.fround(0.5 / 0.75)],
      [0.25, Math.fround(0.25 / 0.875)],
    ]);
  });

  it('uses a learning rate set between steps', () => {
    const run = new OptimizerRun(sgd({ learningRate: 1 }), [0]);
    run.batch([1]);
    run.optimizer.learningRate = 0.25;
    expect(run.batch([1])[0]).toBe(-1.25);
    expect(run.optimizer.config.learningRate).toBe(0.25);
    run.optimizer.learningRate = piecewiseConstantDecay({ boundaries: [2], values: [0.5, 7] });
    expect(run.optimizer.currentLearningRate(run.state)).toBe(0.5);
    expect(run.batch([1])[0]).toBe(-1.75);
    expect(() => {
      run.optimizer.learningRate = -1;
    }).toThrow('sgd: learningRate must be a finite number at least 0, got -1');
  });
});
