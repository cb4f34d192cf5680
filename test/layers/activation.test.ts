import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  activationFrom,
  activationNeedsInput,
  CELL_ACTIVATION_NAMES,
} from '../../src/layers/activations.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';
import { type ElementActivationName, elementActivations } from '../harness/reference/activations.js';

const NAMES = Object.keys(elementActivations) as ElementActivationName[];
const SIZES = [0, 1, 3, 4, 5, 17, 33, 1000];

/** Largest |y − f(x)| / (2^-24 · max(1, |f(x)|)) for x in [-9, 11). Measured: 2.64 (silu) */
const FORWARD_MAX_ERROR = 3;
/** The same for the slope. Measured: 5.24 (tanh, whose 1 − y² doubles the error of y) */
const SLOPE_MAX_ERROR = 6;
/** Central difference in f64, step 1e-6, against the reference's slope. Measured: 3.0e-9 (silu) */
const DIFFERENCE_TOLERANCE = 1e-8;

const scaledError = (got: number, want: number) =>
  Math.abs(got - want) / (2 ** -24 * Math.max(1, Math.abs(want)));

/** dx of the kernel, for given dy. */
function backward(
  bench: KernelBench,
  name: ElementActivationName,
  x: Float32Array,
  dy: Float32Array,
): Float32Array {
  const n = x.length;
  const at = bench.put(x);
  const y = bench.alloc(n);
  bench.kernels.activation_forward(y, at, n, ACTIVATIONS[name]);
  const dx = bench.put(dy);
  bench.kernels.activation_backward(dx, dx, y, activationNeedsInput(name) ? at : 0, n, ACTIVATIONS[name]);
  return bench.read(dx, n);
}

describe.each(NAMES)('%s', (name) => {
  const { f, slope } = elementActivations[name];
  const code = ACTIVATIONS[name];

  it('the reference slope is the derivative', () => {
    for (const x of testData(3, 500, -6, 7)) {
      const numeric = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6;
      expect(Math.abs(numeric - slope(x)), `at ${x}`).toBeLessThan(
        DIFFERENCE_TOLERANCE * Math.max(1, Math.abs(slope(x))),
      );
    }
  });

  it.each(SIZES)('forward follows its equation, in place too, n = %i', (n) => {
    const bench = new KernelBench(1);
    const x = testData(5 + n, n, -9, 11);
    const at = bench.put(x);
    const y = bench.alloc(n + 5);
    bench.kernels.activation_forward(y, at, n, code);
    const got = bench.read(y, n + 5);
    const worst = Math.max(0, ...x.map((v, i) => scaledError(got[i], f(v))));
    expect(worst).toBeLessThanOrEqual(FORWARD_MAX_ERROR);
    expect(got.subarray(n).every(Number.isNaN)).toBe(true);
    bench.kernels.activation_forward(at, at, n, code);
    expect(bench.read(at, n)).toEqual(got.slice(0, n));
  });

  it.each(SIZES)('backward multiplies by the slope, n = %i', (n) => {
    const bench = new KernelBench(1);
    const x = testData(7 + n, n, -9, 11);
    const ones = new Float32Array(n).fill(1);
    const slopes = backward(bench, name, x, ones);
    const worst = Math.max(0, ...x.map((v, i) => scaledError(slopes[i], slope(v))));
    expect(worst).toBeLessThanOrEqual(SLOPE_MAX_ERROR);
    const dy = testData(9 + n, n);
    const dx = backward(bench, name, x, dy);
    expect(dx).toEqual(dy.map((d, i) => Math.fround(d * slopes[i])));
  });

  it('an element has the bits it has alone', () => {
    const bench = new KernelBench(1);
    const x = testData(21, 7, -4, 5);
    const dy = testData(22, 7);
    const dx = backward(bench, name, x, dy);
    x.forEach((_, i) => {
      expect(backward(bench, name, x.slice(i, i + 1), dy.slice(i, i + 1))[0]).toBe(dx[i]);
    });
  });
});

describe('names', () => {
  it('cells take those whose slope the output determines', () => {
    expect(CELL_ACTIVATION_NAMES).toEqual(NAMES.filter((name) => name !== 'gelu' && name !== 'silu'));
  });

  it('codes count up from 0', () => {
    expect(Object.values(ACTIVATIONS)).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });

  it('an option is a known name, or linear when absent', () => {
    expect(activationFrom('dense', 'activation', null)).toBe('linear');
    expect(activationFrom('dense', 'activation', 'logSoftmax')).toBe('logSoftmax');
    expect(() => activationFrom('dense', 'activation', 'sigmoids')).toThrow(
      "dense: unknown activation 'sigmoids'; did you mean 'sigmoid'?",
    );
    expect(() => activationFrom('lstm', 'recurrentActivation', 'gelu', CELL_ACTIVATION_NAMES)).toThrow(
      "lstm: unknown recurrentActivation 'gelu'",
    );
  });
});
