import { describe, expect, it } from 'vitest';
import { OPTIMIZER_CASES } from '../../harness/optimizer-cases.js';
import { OptimizerRun } from '../../harness/optimizer-run.js';
import { testData } from '../../harness/random.js';
import { referenceSteps } from '../../harness/reference/optimizers.js';

/** Largest difference from the f64 reference over ten steps, parameters below 1.7 in size. Measured: 3.9e-7 (rmsprop with momentum). */
const STEPS_MAX_ERROR = 5e-7;
const SIZES = [1, 3, 4, 5, 17, 33];

const gradientsOf = (n: number) => Array.from({ length: 10 }, (_, t) => testData(100 + t, n, -0.7, 1));

describe.each(OPTIMIZER_CASES)('$title', ({ optimizer, options, make }) => {
  it.each(SIZES)('follows the reference for ten steps, n = %i', (n) => {
    const start = testData(5, n);
    const gradients = gradientsOf(n);
    const run = new OptimizerRun(make(), start);
    const want = referenceSteps(optimizer, options, start, gradients);
    gradients.forEach((gradient, t) => {
      const got = run.batch(gradient);
      want[t].forEach((value, i) => {
        expect(Math.abs(got[i] - value), `step ${t + 1}, element ${i}`).toBeLessThan(STEPS_MAX_ERROR);
      });
    });
  });

  it('gives an element the same bits wherever the region is cut', () => {
    const start = testData(5, 33);
    const whole = new OptimizerRun(make(), start);
    const cut = new OptimizerRun(make(), start);
    for (const gradient of gradientsOf(33)) {
      whole.batch(gradient);
      cut.gradient().set(gradient);
      cut.optimizer.advance(cut.hyperBlock(), cut.state);
      cut.update([1, 3, 4, 5, 2, 17, 0, 1]);
    }
    expect(cut.parameters()).toEqual(whole.parameters());
    for (const { name } of whole.optimizer.slots) expect(cut.slot(name)).toEqual(whole.slot(name));
  });

  it('touches nothing behind the region', () => {
    for (const n of SIZES) {
      const start = new Float32Array(n + 4).fill(0.5);
      const run = new OptimizerRun(make(), start);
      run.gradient().fill(0.25);
      run.optimizer.advance(run.hyperBlock(), run.state);
      run.update([n]);
      expect([...run.parameters().slice(n)]).toEqual([0.5, 0.5, 0.5, 0.5]);
      expect(
        run
          .parameters()
          .slice(0, n)
          .every((p) => p < 0.5),
      ).toBe(true);
      for (const { name, initial } of run.optimizer.slots) {
        expect([...run.slot(name).slice(n)]).toEqual(new Array(4).fill(Math.fround(initial)));
      }
    }
  });

  it('goes on with the same bits from a saved state', () => {
    const start = testData(5, 17);
    const gradients = gradientsOf(17);
    const through = new OptimizerRun(make(), start);
    for (const gradient of gradients.slice(0, 4)) through.batch(gradient);
    const resumed = new OptimizerRun(make(), start);
    resumed.restore(through);
    for (const gradient of gradients.slice(4)) {
      expect(resumed.batch(gradient)).toEqual(through.batch(gradient));
    }
  });

  it('leaves zeros with zero gradient at zero', () => {
    const run = new OptimizerRun(make(), new Float32Array(5));
    for (let t = 0; t < 3; t++) expect([...run.batch(new Float32Array(5))].every((p) => p === 0)).toBe(true);
  });

  it('shows a gradient that is not a number', () => {
    const run = new OptimizerRun(make(), new Float32Array(5).fill(0.5));
    const after = run.batch([0.1, Number.NaN, 0.1, 0.1, Number.NaN]);
    expect([...after].map((p) => Number.isNaN(p))).toEqual([false, true, false, false, true]);
  });

  it('never leaves a slot among the subnormal numbers', () => {
    const run = new OptimizerRun(make(), new Float32Array(5).fill(0.5));
    run.batch([1e-17, -1e-18, 1e-19, 1e-20, 1e-37]);
    const zero = new Float32Array(5);
    for (let t = 0; t < 2000; t++) run.batch(zero);
    for (const { name, initial } of run.optimizer.slots) {
      const smallest = run.slot(name).map(Math.abs);
      expect(
        smallest.every((s) => s === 0 || s >= 2 ** -126),
        name,
      ).toBe(true);
      if (name === 'momentum' && initial === 0) expect([...smallest]).toEqual([0, 0, 0, 0, 0]);
    }
  });
});
