import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';

describe('fill', () => {
  it.each([0, 1, 3, 4, 5, 17, 33])('writes exactly %i elements', (n) => {
    const bench = new KernelBench(1);
    const at = bench.alloc(40, 7);
    bench.kernels.fill(at, n, 2.5);
    expect([...bench.read(at, 40)]).toEqual(Array.from({ length: 40 }, (_, i) => (i < n ? 2.5 : 7)));
  });
});
