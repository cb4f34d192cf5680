import { describe, expect, it } from 'vitest';
import { samples } from '../harness/cells.js';
import { int8Matrix } from '../harness/int8.js';
import {
  type Int8CellCase,
  int8CellData,
  int8Reference,
  int8Sequence,
  int8Steps,
} from '../harness/int8-cells.js';
import { KernelBench } from '../harness/kernels.js';

const FORMS: Pick<Int8CellCase, 'cell' | 'resetAfter' | 'candidateGate'>[] = [
  { cell: 'lstm' },
  { cell: 'gru' },
  { cell: 'gru', resetAfter: 0 },
  { cell: 'gru', candidateGate: 1 },
  { cell: 'gru', resetAfter: 0, candidateGate: 1 },
  { cell: 'rnn' },
];
const SIZES = [1, 3, 4, 5, 17, 33];
const CASES: Int8CellCase[] = FORMS.flatMap((form) => [
  ...SIZES.flatMap((H) => [1, 2, 3].map((B) => ({ ...form, T: 3, B, I: 5, H }))),
  ...SIZES.map((I) => ({ ...form, T: 2, B: 4, I, H: 9 })),
  ...[5, 17, 33, 70].map((B) => ({ ...form, T: 2, B, I: 3, H: 12 })),
  { ...form, T: 3, B: 2, I: 4, H: 9, act: 1, ract: 8 },
  ...SIZES.map((H) => ({ ...form, T: 3, B: 3, I: 5, H, adjust: true })),
]);

describe('8-bit cells', () => {
  const bench = new KernelBench(16);

  it.each(CASES)('give the bits of exact integers, in a sequence and step by step: %o', (test) => {
    const data = int8CellData(test);
    const want = int8Reference(bench, test, data);
    const sequence = int8Sequence(bench, test, data);
    expect(sequence.h).toEqual(want.h);
    const steps = int8Steps(bench, test, data);
    expect(steps.h).toEqual(want.h);
    if (test.cell !== 'lstm') return;
    expect(sequence.c).toEqual(want.c);
    expect(steps.c).toEqual(want.c);
  });

  it.each(FORMS)(
    'samples have the bits they have in a batch of 33, and the others are untouched: %o',
    (form) => {
      const test = { ...form, T: 3, B: 33, I: 3, H: 17 };
      const data = int8CellData(test);
      const whole = int8Sequence(bench, test, data);
      for (const count of [1, 2, 3, 5, 16]) {
        const part = int8Sequence(bench, test, data, 11, count);
        expect(samples(part.h, 33, 17, 11, count)).toEqual(samples(whole.h, 33, 17, 11, count));
        if (form.cell !== 'rnn') expect(part.h.subarray(0, 11 * 17).every(Number.isNaN)).toBe(true);
      }
    },
  );
});

describe('embedding_int8_forward', () => {
  const bench = new KernelBench(2);

  it.each([1, 3, 4, 5, 17, 33])('rows of %i: scale times whole number, zero outside the table', (O) => {
    bench.reset();
    const V = 7;
    const { q } = int8Matrix(O, V, O);
    const { scales } = int8Matrix(O, 1, V);
    const ids = [3, 0, 6, 6, 7, -1, 2.5, Number.NaN, 1];
    const y = bench.alloc(ids.length * O + 4, 777);
    const [at, table, scale] = [bench.put(ids), bench.putBytes(q), bench.put(scales)];
    bench.kernels.embedding_int8_forward(y, at, table, scale, ids.length, O, V);
    const want = ids.flatMap((id) =>
      Array.from({ length: O }, (_, j) =>
        id >= 0 && id < V ? Math.fround(q[Math.floor(id) * O + j] * scales[Math.floor(id)]) : 0,
      ),
    );
    const got = bench.read(y, ids.length * O + 4);
    expect(Array.from(got, (v) => v + 0)).toEqual([...want.map((v) => v + 0), 777, 777, 777, 777]);
  });
});
