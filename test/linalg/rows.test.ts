import { describe, expect, it } from 'vitest';
import { ACTIVATIONS } from '../../src/layers/activations.js';
import { KernelBench } from '../harness/kernels.js';
import { testData } from '../harness/random.js';

const bench = new KernelBench(4);
const f = Math.fround;

/** Rows with gaps between, and what the kernel must leave in them. */
function rows(seed: number, R: number, ld: number): Float32Array {
  return testData(seed, R * ld);
}

const SIZES = [1, 3, 4, 5, 17, 33];
const GAPS = [0, 3];

describe.each(GAPS.flatMap((gap) => SIZES.map((n) => [n, gap] as const)))(
  'rows of %i, gaps of %i',
  (n, gap) => {
    const R = 5;
    const [ldo, lda, ldb] = [n + gap, n + 2 * gap, n + 3 * gap];
    const run = (call: (out: number, a: number, b: number) => void, b: Float32Array): Float32Array => {
      bench.reset();
      const out = bench.put(rows(1, R, ldo));
      call(out, bench.put(rows(2, R, lda)), bench.put(b));
      return new Float32Array(bench.memory.buffer, out, R * ldo).slice();
    };
    const expected = (value: (r: number, j: number) => number): Float32Array =>
      rows(1, R, ldo).map((old, i) => (i % ldo < n ? value(Math.floor(i / ldo), i % ldo) : old));
    const a = rows(2, R, lda);
    const b = rows(3, R, ldb);

    it.each([
      ['+', 0, (p: number, q: number) => p + q],
      ['−', 1, (p: number, q: number) => p - q],
      ['·', 2, (p: number, q: number) => p * q],
      ['/', 3, (p: number, q: number) => p / q],
    ] as const)('rows_combine %s, row by row and with one row for all', (_sign, op, of) => {
      const got = run((o, p, q) => bench.kernels.rows_combine(o, p, q, R, n, ldo, lda, ldb, op), b);
      expect(got).toEqual(expected((r, j) => f(of(a[r * lda + j], b[r * ldb + j]))));
      const same = run((o, p, q) => bench.kernels.rows_combine(o, p, q, R, n, ldo, lda, 0, op), b);
      expect(same).toEqual(expected((r, j) => f(of(a[r * lda + j], b[j]))));
    });

    it('rows_affine, rows_settle', () => {
      const affine = run((o, p) => bench.kernels.rows_affine(o, p, R, n, ldo, lda, 0.5, -0.25), b);
      expect(affine).toEqual(expected((r, j) => f(f(0.5 * a[r * lda + j]) - 0.25)));
      const small = a.map((v, i) => (i % 3 === 0 ? v * 1e-34 : v));
      bench.reset();
      const [out, from] = [bench.put(rows(1, R, ldo)), bench.put(small)];
      bench.kernels.rows_settle(out, from, R, n, ldo, lda);
      const settled = new Float32Array(bench.memory.buffer, out, R * ldo).slice();
      expect(settled).toEqual(
        expected((r, j) => (Math.abs(small[r * lda + j]) < 2 ** -110 ? 0 : small[r * lda + j])),
      );
    });

    it('rows_activation and rows_slope as the kernels without gaps', () => {
      const code = ACTIVATIONS.tanh;
      const y = run((o, p) => bench.kernels.rows_activation(o, p, R, n, ldo, lda, code), b);
      const slope = run((o, p, q) => bench.kernels.rows_slope(o, p, q, 0, R, n, ldo, lda, ldb, 0, code), b);
      for (let r = 0; r < R; r++) {
        bench.reset();
        const [x, dy, seen] = [
          a.slice(r * lda, r * lda + n),
          a.slice(r * lda, r * lda + n),
          b.slice(r * ldb, r * ldb + n),
        ];
        const places = [x, dy, seen].map((data) => bench.put(data));
        const to = bench.alloc(n);
        bench.kernels.activation_forward(to, places[0], n, code);
        const plain = new Float32Array(bench.memory.buffer, to, n);
        expect(y.slice(r * ldo, r * ldo + n)).toEqual(plain.slice());
        bench.kernels.activation_backward(to, places[1], places[2], 0, n, code);
        expect(slope.slice(r * ldo, r * ldo + n)).toEqual(plain.slice());
      }
      expect(y).toEqual(expected((r, j) => y[r * ldo + j]));
    });
  },
);
