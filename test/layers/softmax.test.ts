import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { logSoftmax, logSoftmaxGradient, softmax, softmaxGradient } from '../harness/reference/softmax.js';

const WIDTHS = [1, 3, 4, 5, 17, 33, 1000];
const ROWS = 5;

// Errors are |got − want| / (2^-24 · max(1, |want|)), x in [-9, 11), dy in [-0.9, 1.1).
const CASES = [
  {
    name: 'softmax',
    forward: 'softmax_forward',
    backward: 'softmax_backward',
    f: softmax,
    gradient: softmaxGradient,
    forwardMaxError: 3.5, // measured 2.79
    backwardMaxError: 3, // measured 2.33
  },
  {
    name: 'logSoftmax',
    forward: 'log_softmax_forward',
    backward: 'log_softmax_backward',
    f: logSoftmax,
    gradient: logSoftmaxGradient,
    forwardMaxError: 4, // measured 3.36
    backwardMaxError: 16, // measured 10.9, at O = 1000, where Σ dy is large
  },
] as const;

/** Central difference in f64, step 1e-6. Measured: 2.5e-9 */
const DIFFERENCE_TOLERANCE = 1e-8;

const scaledError = (got: number, want: number) =>
  Math.abs(got - want) / (2 ** -24 * Math.max(1, Math.abs(want)));

function largestError(got: Float32Array, want: readonly number[]): number {
  expect(got.length).toBe(want.length);
  return Math.max(...want.map((w, j) => scaledError(got[j], w)));
}

describe.each(CASES)('$name', (one) => {
  const forward = (bench: KernelBench, x: ArrayLike<number>, R: number) => {
    const y = bench.alloc(x.length);
    bench.kernels[one.forward](y, bench.put(x), R, x.length / R);
    return bench.read(y, x.length);
  };

  it('the reference gradient is the derivative', () => {
    const x = [...testData(1, 7, -2, 3)];
    const dy = [...testData(2, 7)];
    const value = (v: readonly number[]) => one.f(v).reduce((a, y, j) => a + y * dy[j], 0);
    one.gradient(x, dy).forEach((g, k) => {
      const up = value(x.map((v, j) => (j === k ? v + 1e-6 : v)));
      const down = value(x.map((v, j) => (j === k ? v - 1e-6 : v)));
      expect(Math.abs((up - down) / 2e-6 - g)).toBeLessThan(DIFFERENCE_TOLERANCE);
    });
  });

  it.each(WIDTHS)('forward and backward follow the reference, in place too, O = %i', (O) => {
    const bench = new KernelBench(1);
    const n = ROWS * O;
    const x = testData(O, n, -9, 11);
    const dy = testData(O + 1, n);
    const at = bench.put(x);
    const y = bench.alloc(n + 4);
    bench.kernels[one.forward](y, at, ROWS, O);
    const dx = bench.alloc(n + 4);
    const dyAt = bench.put(dy);
    bench.kernels[one.backward](dx, dyAt, y, ROWS, O);
    const row = (v: Float32Array, r: number) => v.slice(r * O, (r + 1) * O);
    for (let r = 0; r < ROWS; r++) {
      const input = [...row(x, r)];
      expect(largestError(row(bench.read(y, n), r), one.f(input))).toBeLessThanOrEqual(one.forwardMaxError);
      const want = one.gradient(input, [...row(dy, r)]);
      expect(largestError(row(bench.read(dx, n), r), want)).toBeLessThanOrEqual(one.backwardMaxError);
    }
    expect(bench.read(y + 4 * n, 4).every(Number.isNaN)).toBe(true);
    expect(bench.read(dx + 4 * n, 4).every(Number.isNaN)).toBe(true);

    bench.kernels[one.forward](at, at, ROWS, O);
    expect(bench.read(at, n)).toEqual(bench.read(y, n));
    bench.kernels[one.backward](dyAt, dyAt, y, ROWS, O);
    expect(bench.read(dyAt, n)).toEqual(bench.read(dx, n));
  });

  it.each(WIDTHS)('a row has the bits it has alone, O = %i', (O) => {
    const bench = new KernelBench(1);
    const x = testData(O + 2, ROWS * O, -9, 11);
    const together = forward(bench, x, ROWS);
    for (let r = 0; r < ROWS; r++) {
      const part = [r * O, (r + 1) * O] as const;
      expect(forward(bench, x.slice(...part), 1)).toEqual(together.slice(...part));
    }
  });

  it('neither overflows nor loses the largest, whatever the size of the inputs', () => {
    const bench = new KernelBench(1);
    for (const shift of [-3e38, -1e4, 1e4, 3e38]) {
      const x = Float32Array.from([shift, shift, shift * 1.1, shift, shift]);
      const y = forward(bench, x, 1);
      expect(largestError(y, one.f([...x]))).toBeLessThanOrEqual(one.forwardMaxError);
    }
  });

  it('takes −Infinity as a masked entry', () => {
    const x = [1, -Infinity, 0.5, -Infinity, 2];
    const y = forward(new KernelBench(1), x, 1);
    const want = one.f(x);
    expect([y[1], y[3]]).toEqual([want[1], want[3]]);
    for (const j of [0, 2, 4]) expect(scaledError(y[j], want[j])).toBeLessThanOrEqual(one.forwardMaxError);
  });

  it('a NaN spoils its row and no other', () => {
    for (let j = 0; j < 5; j++) {
      const x = testData(3, 15);
      x[5 + j] = Number.NaN;
      const y = forward(new KernelBench(1), x, 3);
      y.forEach((v, k) => {
        expect(Number.isNaN(v)).toBe(k >= 5 && k < 10);
      });
    }
  });
});
