import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

const bench = new KernelBench(16);

function weightedSum(losses: Float32Array, weights: Float32Array | null, scale: number): number {
  bench.reset();
  const out = bench.alloc(2, 7);
  bench.kernels.weighted_sum(out, bench.put(losses), weights ? bench.put(weights) : 0, losses.length, scale);
  const [value, beside] = bench.read(out, 2);
  expect(beside).toBe(7);
  return value;
}

describe('weighted_sum', () => {
  it.each([1, 3, 4, 5, 17, 33])('of %i rows is the f64 sum rounded once', (R) => {
    const losses = testData(R, R, -1, 3);
    const weights = testData(R + 50, R, 0, 2);
    const scale = Math.fround(1 / R);
    let plain = 0;
    let weighted = 0;
    for (let r = R - 1; r >= 0; r--) {
      plain += losses[r];
      weighted += losses[r] * weights[r];
    }
    expect(weightedSum(losses, null, scale)).toBe(Math.fround(scale * plain));
    expect(weightedSum(losses, weights, scale)).toBe(Math.fround(scale * weighted));
  });

  it('keeps its accuracy over a million rows', () => {
    const R = 1_000_001;
    const losses = testData(9, R, 0.1, 0.3).fill(Math.fround(0.1), 0, 500_000);
    let exact = 0;
    for (const l of losses) exact += l;
    expect(weightedSum(losses, null, Math.fround(1 / R))).toBe(Math.fround(Math.fround(1 / R) * exact));
  });

  it('of no rows is 0, and lets NaN and Infinity through', () => {
    expect(weightedSum(new Float32Array(0), null, 1)).toBe(0);
    expect(weightedSum(Float32Array.of(1, Number.NaN, 2), null, 1)).toBeNaN();
    expect(weightedSum(Float32Array.of(1, 2, Number.POSITIVE_INFINITY), Float32Array.of(1, 1, 2), 1)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
