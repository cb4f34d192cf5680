import { describe, expect, it } from 'vitest';
import { CellBench } from '../harness/cells.js';
import { testData } from '../harness/random.js';

const { fround } = Math;
const SIZES = [0, 1, 3, 4, 5, 17, 33];
/** What dropout_mask draws at a rate of about a half. */
const maskOf = (n: number): Float32Array => testData(3, n, -1, 1).map((v) => (v > 0 ? 2 : 0));

describe('zoneout', () => {
  const bench = new CellBench(2);

  it.each(SIZES)('of %i units takes the old value or the new one, or their mean', (n) => {
    const [old, raw, mask] = [testData(1, n), testData(2, n), maskOf(n)];
    for (const inPlace of [false, true]) {
      for (const masked of [true, false]) {
        bench.reset();
        const from = bench.put(raw);
        const next = inPlace ? from : bench.alloc(n);
        bench.kernels.zoneout_forward(next, bench.put(old), from, masked ? bench.put(mask) : 0, n, 0.3);
        bench.check('zoneout_forward');
        const mean = raw.map((v, j) => v - fround(fround(0.3) * fround(v - old[j])));
        const want = masked ? raw.map((v, j) => (mask[j] === 0 ? old[j] : v)) : mean;
        expect(bench.read(next, n)).toEqual(want);
      }
    }
  });

  it('leaves a state that did not change as it is', () => {
    const state = testData(4, 37);
    const next = bench.alloc(37);
    const place = bench.put(state);
    bench.kernels.zoneout_forward(next, place, place, 0, 37, 0.37);
    expect(bench.read(next, 37)).toEqual(state);
  });

  it.each(SIZES)('of %i units parts a gradient, and cuts what passes by where it is told to', (H) => {
    const B = 3;
    const [d, mask] = [testData(5, B * H), maskOf(B * H)];
    for (const valid of [null, [1, 2, 0]]) {
      bench.reset();
      const [part, rest] = [bench.alloc(B * H), bench.put(d)];
      bench.kernels.zoneout_backward(part, rest, bench.put(mask), valid ? bench.put(valid) : 0, B, H);
      bench.check('zoneout_backward');
      expect(bench.read(part, B * H)).toEqual(d.map((v, i) => (mask[i] === 0 ? 0 : v)));
      const passes = (i: number): boolean => mask[i] === 0 && valid?.[Math.floor(i / H)] !== 2;
      expect(bench.read(rest, B * H)).toEqual(d.map((v, i) => (passes(i) ? v : 0)));
    }
  });
});
