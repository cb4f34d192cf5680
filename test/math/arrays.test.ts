import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { ulpError } from '../harness/ulp.js';

// Largest error over the sampled floats, in ULP of the exact value.
const EXP_MAX_ULP = 1.1;
const TANH_MAX_ULP = 4;
const SIGMOID_MAX_ULP = 3;

const CASES = [
  { name: 'exp_forward', f: Math.exp, bound: EXP_MAX_ULP },
  { name: 'tanh_forward', f: Math.tanh, bound: TANH_MAX_ULP },
  { name: 'sigmoid_forward', f: (x: number) => 1 / (1 + Math.exp(-x)), bound: SIGMOID_MAX_ULP },
] as const;

/** 1 in 2^11 of all floats. */
function sampledFloats(): Float32Array {
  const bits = Uint32Array.from({ length: 1 << 21 }, (_, i) => (i << 11) | ((i * 2654435761) >>> 21));
  return new Float32Array(bits.buffer);
}

describe.each(CASES)('$name', ({ name, f, bound }) => {
  it('stays within its error over all magnitudes', () => {
    const bench = new KernelBench(32);
    const x = sampledFloats();
    const at = bench.put(x);
    bench.kernels[name](at, at, x.length);
    const y = bench.read(at, x.length);
    let worst = 0;
    let where = 0;
    for (let i = 0; i < x.length; i++) {
      const error = ulpError(y[i], f(x[i]));
      if (!(error <= worst)) {
        worst = error;
        where = x[i];
      }
    }
    expect(worst, `at ${where}`).toBeLessThanOrEqual(bound);
  });

  it('gives a tail the bits of the body', () => {
    const bench = new KernelBench(1);
    const x = [-3.1, 0.2, 1.7, -0.4, 5.5];
    for (const n of [1, 2, 3, 4, 5]) {
      const y = bench.alloc(8);
      bench.kernels[name](y, bench.put(x), n);
      const got = bench.read(y, 8);
      expect(got.subarray(n).every(Number.isNaN)).toBe(true);
      const whole = bench.alloc(8);
      bench.kernels[name](whole, bench.put([...x, 0, 0, 0]), 8);
      expect(got.subarray(0, n)).toEqual(bench.read(whole, 8).subarray(0, n));
    }
  });
});
