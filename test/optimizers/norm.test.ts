import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

/** Relative error of the sum of squares of a million floats, against a compensated sum. Measured: 1.1e-14. */
const SQUARE_SUM_MAX_RELATIVE_ERROR = 2e-14;

/** Σ a², compensated (Neumaier). */
function squares(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const term = values[i] * values[i];
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

function hyperBlock(bench: KernelBench, factor = 1): number {
  return bench.put([0.1, factor, 0, 0, 0, 0, 0, 0]);
}

function squareSum(bench: KernelBench, hyper: number): number {
  return new DataView(bench.memory.buffer).getFloat64(hyper + 24, true);
}

describe('global_norm_add', () => {
  it.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 17, 33])('sums the squares of %i elements and no more', (n) => {
    const bench = new KernelBench(1);
    const values = testData(3, n);
    const g = bench.put([...values, Number.NaN]);
    const hyper = hyperBlock(bench);
    bench.kernels.global_norm_add(hyper, g, n);
    expect(Math.abs(squareSum(bench, hyper) - squares(values))).toBeLessThanOrEqual(1e-14);
  });

  it('is accurate over a million values of mixed size', () => {
    const bench = new KernelBench(8);
    const values = testData(4, 1_000_003, -1, 1.2).map((x, i) => (i % 1000 === 0 ? 300 * x : x));
    const hyper = hyperBlock(bench);
    bench.kernels.global_norm_add(hyper, bench.put(values), values.length);
    const want = squares(values);
    expect(Math.abs(squareSum(bench, hyper) - want) / want).toBeLessThan(SQUARE_SUM_MAX_RELATIVE_ERROR);
  });

  it('adds up over regions', () => {
    const bench = new KernelBench(1);
    const hyper = hyperBlock(bench, 0.5);
    bench.kernels.global_norm_add(hyper, bench.put([2, 4]), 2);
    bench.kernels.global_norm_add(hyper, bench.put([4, 8]), 2);
    expect(squareSum(bench, hyper)).toBe(100);
    bench.kernels.global_norm_clip(hyper, 1);
    // The mean has norm 0.5 · 10 = 5, so the factor goes from 0.5 to 0.1.
    expect(bench.read(hyper, 2)[1]).toBe(Math.fround(0.1));
  });
});

describe('global_norm_clip', () => {
  it('leaves the factor alone within the limit, at the limit, and for a zero gradient', () => {
    for (const gradient of [
      [0.3, 0.4],
      [3, 4],
      [0, 0],
    ]) {
      const bench = new KernelBench(1);
      const hyper = hyperBlock(bench, 1);
      bench.kernels.global_norm_add(hyper, bench.put(gradient), 2);
      bench.kernels.global_norm_clip(hyper, 5);
      expect(bench.read(hyper, 2)[1]).toBe(1);
    }
  });
});

describe('clip_norm', () => {
  it.each([1, 3, 4, 5, 17, 33])('brings %i elements to the limit and touches nothing behind', (n) => {
    const bench = new KernelBench(1);
    const values = testData(5, n).map((x) => x + (x >= 0 ? 2 : -2));
    const g = bench.put([...values, 7, 7]);
    bench.kernels.clip_norm(g, hyperBlock(bench, 0.25), n, 0.5);
    const after = bench.read(g, n + 2);
    expect([after[n], after[n + 1]]).toEqual([7, 7]);
    const scale = 0.5 / Math.sqrt(squares(values.map((x) => x / 4)));
    values.forEach((x, i) => {
      expect(Math.abs(after[i] / (x * scale) - 1)).toBeLessThan(2 ** -22);
    });
  });
});
