import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/wasm/generated/abi.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

const SIZES = [0, 1, 3, 4, 5, 17, 33];
const CANARY = 777;
const ALPHA = Math.fround(-1.37);
const { fround } = Math;

type Call = (k: KernelExports, out: number, a: number, b: number, n: number) => void;

/** Each kernel, and the element it must give from the old output, a and b: exact to the bit. */
const KERNELS: Record<string, { call: Call; element: (old: number, a: number, b: number) => number }> = {
  copy: { call: (k, out, a, _, n) => k.copy(out, a, n), element: (_, a) => a },
  add: { call: (k, out, a, b, n) => k.add(out, a, b, n), element: (_, a, b) => fround(a + b) },
  mul: { call: (k, out, a, b, n) => k.mul(out, a, b, n), element: (_, a, b) => fround(a * b) },
  axpy: {
    call: (k, out, a, _, n) => k.axpy(out, a, n, ALPHA),
    element: (old, a) => fround(fround(ALPHA * a) + old),
  },
  scale: { call: (k, out, a, _, n) => k.scale(out, a, n, ALPHA), element: (_, a) => fround(ALPHA * a) },
};

describe.each(Object.entries(KERNELS))('%s', (_, { call, element }) => {
  const bench = new KernelBench(1);

  it.each(SIZES)('%i elements, nothing beyond them', (n) => {
    bench.reset();
    const [a, b, old] = [testData(1, 40), testData(2, 40), testData(3, 40)];
    const image = old.map((v, i) => (i < n ? v : CANARY));
    const out = bench.put(image);
    call(bench.kernels, out, bench.put(a), bench.put(b), n);
    expect(bench.read(out, 40)).toEqual(image.map((v, i) => (i < n ? element(v, a[i], b[i]) : v)));
  });

  it('works in place on a', () => {
    bench.reset();
    const [a, b] = [testData(1, 33), testData(2, 33)];
    const at = bench.put(a);
    call(bench.kernels, at, at, bench.put(b), 33);
    expect(bench.read(at, 33)).toEqual(a.map((v, i) => element(v, v, b[i])));
  });
});

describe('mul_time', () => {
  const bench = new KernelBench(1);

  it.each(SIZES)('multiplies every step of %i elements by one mask', (S) => {
    for (const T of [0, 1, 4, 5]) {
      bench.reset();
      const [x, mask] = [testData(4, T * S), testData(5, S)];
      const out = bench.alloc(T * S + 4, CANARY);
      bench.kernels.mul_time(out, bench.put(x), bench.put(mask), T, S);
      const got = bench.read(out, T * S + 4);
      expect(got.subarray(0, T * S)).toEqual(x.map((v, i) => v * mask[i % S]));
      expect([...got.subarray(T * S)]).toEqual([CANARY, CANARY, CANARY, CANARY]);
    }
  });
});
