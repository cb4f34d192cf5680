import { describe, expect, it } from 'vitest';
import { KernelBench } from '../harness/kernels.js';
import { MATH_CASES, type MathCase } from '../harness/math-cases.js';
import { testData } from '../harness/random.js';
import { largestUlpError, ulpError } from '../harness/ulp.js';

const SAMPLES = 1 << 21;

/** 2^21 bit patterns spread over all floats, the low bits mixed. */
const SAMPLE_BITS = new Uint32Array(SAMPLES).map((_, i) => (i << 11) | (Math.imul(i, 0x9e3779b1) >>> 21));
const SAMPLE = new Float32Array(SAMPLE_BITS.buffer);

function evaluate(bench: KernelBench, { run }: MathCase, values: ArrayLike<number>): Float32Array {
  const x = bench.put(values);
  const y = bench.alloc(values.length);
  run(bench.kernels, y, x, values.length);
  return bench.read(y, values.length);
}

const EDGES = [
  ...[
    0,
    2 ** -149,
    2 ** -130,
    2 ** -126,
    1e-30,
    2 ** -24,
    0.1,
    0.5,
    0.75,
    1,
    2,
    3,
    3.92,
    5,
    9.02,
    10,
    13,
    14.6,
  ],
  ...[
    16.6,
    20,
    40,
    86.6,
    87.33,
    88.02,
    88.72,
    88.73,
    89,
    103.2,
    103.97,
    104,
    110,
    1e10,
    3.4028234e38,
    Infinity,
  ],
].flatMap((value) => [value, -value]);

describe.each(MATH_CASES)('$name', (one) => {
  it('stays within its error over floats of every magnitude', () => {
    const bench = new KernelBench(32);
    const { error, at } = largestUlpError(evaluate(bench, one, SAMPLE), SAMPLE, one.f);
    expect(error, `at ${at}`).toBeLessThanOrEqual(one.maxUlp);
  });

  it('holds at zeros, subnormals, thresholds, the largest floats and Infinity', () => {
    const y = evaluate(new KernelBench(1), one, EDGES);
    EDGES.forEach((x, i) => {
      expect(ulpError(y[i], one.f(Math.fround(x))), `f(${x}) = ${y[i]}`).toBeLessThanOrEqual(one.maxUlp);
    });
  });

  it('gives NaN for NaN, in any lane and with any payload', () => {
    const bench = new KernelBench(1);
    const payloads = [0x7fc00000, 0x7f800001, 0x7fffffff, 0xffc00000, 0xff800001, 0xffffffff, 0x7fc12345];
    const x = bench.alloc(8, 1);
    const y = bench.alloc(8);
    for (const payload of payloads) {
      for (let lane = 0; lane < 7; lane++) {
        new Float32Array(bench.memory.buffer, x, 7).fill(0.5);
        new Uint32Array(bench.memory.buffer, x, 7)[lane] = payload;
        one.run(bench.kernels, y, x, 7);
        bench.read(y, 7).forEach((value, j) => {
          expect(Number.isNaN(value)).toBe(j === lane);
        });
      }
    }
  });

  it.each([0, 1, 3, 4, 5, 17, 33])(
    'gives each of %i elements the bits it has alone, and writes no more',
    (n) => {
      const bench = new KernelBench(1);
      const values = testData(7, 33, one.name === 'log' ? 0.01 : -6, 7);
      const x = bench.put(values);
      const y = bench.alloc(40);
      one.run(bench.kernels, y, x, n);
      const got = bench.read(y, 40);
      expect(got.subarray(n).every(Number.isNaN)).toBe(true);
      for (let i = 0; i < n; i++) {
        const alone = bench.alloc(1);
        one.run(bench.kernels, alone, x + 4 * i, 1);
        expect(got[i]).toBe(bench.read(alone, 1)[0]);
      }
      one.run(bench.kernels, x, x, n);
      expect(bench.read(x, n)).toEqual(got.slice(0, n));
    },
  );
});

it('keeps the sign of zero', () => {
  for (const one of MATH_CASES.filter(({ f }) => f(0) === 0)) {
    const y = evaluate(new KernelBench(1), one, [0, -0]);
    expect([...y], one.name).toEqual([0, -0]);
  }
});

it.each(['tanh', 'erf', 'softsign'])('%s is odd to the bit', (name) => {
  const one = MATH_CASES.find((c) => c.name === name)!;
  const bench = new KernelBench(1);
  const x = testData(11, 4001, 0, 11);
  const positive = evaluate(bench, one, x);
  const negative = evaluate(
    bench,
    one,
    x.map((v) => -v),
  );
  expect(negative.map((v) => -v)).toEqual(positive);
});

it('tanh and erf stay within [−1, 1], sigmoid within [0, 1]', () => {
  for (const [name, low] of [
    ['tanh', -1],
    ['erf', -1],
    ['sigmoid', 0],
  ] as const) {
    const one = MATH_CASES.find((c) => c.name === name)!;
    const y = evaluate(new KernelBench(2), one, testData(13, 100_003, -20, 21));
    expect(
      y.every((v) => v >= low && v <= 1),
      name,
    ).toBe(true);
  }
});
