import { describe, expect, it } from 'vitest';
import { l1, l1l2, l2, recordPenalty, regularizerFrom } from '../../src/layers/regularizers.js';
import { KernelBench } from '../harness/kernels.js';
import { immediate } from '../harness/optimizer-run.js';
import { testData } from '../harness/random.js';

/** Loss after the penalty, relative; the loss itself is f32. Measured: 3.9e-8. */
const LOSS_MAX_RELATIVE_ERROR = 6e-8;
/** Gradient after the penalty, below 1.2 in size. Measured: 6.5e-8. */
const GRADIENT_MAX_ERROR = 1e-7;

function penalty(p: ArrayLike<number>, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += a * Math.abs(p[i]) + b * p[i] * p[i];
  return sum;
}

describe.each([l1(0.03), l2(0.07), l1l2({ l1: 0.02, l2: 0.05 })])('$name', (regularizer) => {
  it.each([0, 1, 3, 4, 5, 17, 33])('adds its penalty and slope for n = %i', (n) => {
    const bench = new KernelBench(1);
    const values = testData(6, n);
    if (n > 2) values[1] = 0;
    const before = testData(7, n + 1, -0.5, 1);
    const [loss, dp, p] = [bench.put([0.75]), bench.put(before), bench.put([...values, 9])];
    recordPenalty(immediate(bench), regularizer, { loss, gradient: dp, parameter: p, n });
    const want = 0.75 + penalty(values, regularizer.l1, regularizer.l2);
    expect(Math.abs(bench.read(loss, 1)[0] / want - 1)).toBeLessThan(LOSS_MAX_RELATIVE_ERROR);
    const after = bench.read(dp, n + 1);
    values.forEach((x, i) => {
      const slope = regularizer.l1 * Math.sign(x) + 2 * regularizer.l2 * x;
      expect(Math.abs(after[i] - (before[i] + slope))).toBeLessThan(GRADIENT_MAX_ERROR);
    });
    expect(after[n]).toBe(before[n]);
    expect(bench.read(p, n + 1)).toEqual(Float32Array.from([...values, 9]));
  });

  it('has the slope that its penalty shows by differences', () => {
    const bench = new KernelBench(1);
    const values = testData(8, 5);
    const [loss, dp, p] = [bench.put([0]), bench.alloc(5, 0), bench.put(values)];
    recordPenalty(immediate(bench), regularizer, { loss, gradient: dp, parameter: p, n: 5 });
    bench.read(dp, 5).forEach((slope, i) => {
      const at = (h: number) =>
        penalty(
          Array.from(values, (x, j) => x + (j === i ? h : 0)),
          regularizer.l1,
          regularizer.l2,
        );
      expect(Math.abs((at(1e-4) - at(-1e-4)) / 2e-4 - slope)).toBeLessThan(1e-7);
    });
  });

  it('adds to the loss alone when there is no gradient', () => {
    const bench = new KernelBench(1);
    const [loss, p] = [bench.put([0]), bench.put([1, -2, 3])];
    recordPenalty(immediate(bench), regularizer, { loss, gradient: null, parameter: p, n: 3 });
    expect(bench.read(loss, 1)[0]).toBeCloseTo(6 * regularizer.l1 + 14 * regularizer.l2, 6);
  });

  it('survives JSON', () => {
    expect(regularizerFrom('dense: kernelRegularizer', JSON.parse(JSON.stringify(regularizer)))).toEqual(
      regularizer,
    );
  });
});

describe('options', () => {
  it('have the defaults of Keras', () => {
    expect(l1()).toEqual({ name: 'l1', l1: 0.01, l2: 0 });
    expect(l2()).toEqual({ name: 'l2', l1: 0, l2: 0.01 });
    expect(l1l2({ l2: 0.3 })).toEqual({ name: 'l1l2', l1: 0, l2: 0.3 });
    expect(l2({ l2: 0.3 })).toEqual(l2(0.3));
    expect(l1({ l1: 0.3 })).toEqual(l1(0.3));
  });

  it('may be names', () => {
    expect(regularizerFrom('x', 'l1')).toEqual({ name: 'l1', l1: 0.01, l2: 0 });
    expect(regularizerFrom('x', 'L2')).toEqual({ name: 'l2', l1: 0, l2: 0.01 });
    expect(regularizerFrom('x', 'l1l2')).toEqual({ name: 'l1l2', l1: 0.01, l2: 0.01 });
    expect(regularizerFrom('x', null)).toBeNull();
    expect(regularizerFrom('x', undefined)).toBeNull();
  });

  it('are checked', () => {
    expect(() => regularizerFrom('dense: kernelRegularizer', 'l3')).toThrow(
      "dense: kernelRegularizer: unknown regularizer 'l3'; did you mean 'l1'?",
    );
    expect(() => regularizerFrom('dense: kernelRegularizer', 0.1 as never)).toThrow(
      'dense: kernelRegularizer must be a name or a regularizer such as l2(0.01), got 0.1',
    );
    expect(() => l2(-1)).toThrow('l2: l2 must be a finite number at least 0, got -1');
    expect(() => l1l2({ l3: 1 } as never)).toThrow("l1l2: unknown option 'l3'");
  });
});
