import { describe, expect, it } from 'vitest';
import { lstmStepScratch } from '../../src/wasm/scratch.js';
import {
  CELL_CASES,
  CellBench,
  type CellCase,
  cellData,
  cellOptions,
  samples,
  worstError,
} from '../harness/cells.js';
import { testData } from '../harness/random.js';
import { type LstmData, lstmBackward, lstmForward } from '../harness/reference/lstm.js';

/** Largest error of h, c and gates in units of 2^-24 (test/harness/cells.ts). Measured: 3.82. */
const FORWARD_BOUND = 6;
/** Largest error of dz, dh0 and dc0, likewise. Measured: 5.32. */
const BACKWARD_BOUND = 8;
/** Largest error of dz at the first of 500 steps over its largest value. Measured: 4.7e-7. */
const FAR_BOUND = 1e-6;

const lstmData = (test: CellCase): LstmData => ({
  ...cellData(test, 4),
  c0: testData(6, test.B * test.H, -1.5, 1.2),
});

function codes(test: CellCase): [act: number, ract: number] {
  const { activation, recurrentActivation } = cellOptions(test);
  return [activation.code, recurrentActivation.code];
}

/** Buffers of a whole batch; the kernel runs on `count` samples from `first`. */
function forward(bench: CellBench, test: CellCase, data: LstmData, first = 0, count = test.B) {
  const { T, B, I, H } = test;
  const { kernels } = bench;
  const w = bench.pack(data.kernel, I, 4 * H, 4);
  const u = bench.pack(data.recurrentKernel, H, 4 * H, 4);
  const h = bench.alloc((T + 1) * B * H);
  const c = bench.alloc((T + 1) * B * H);
  const gates = bench.alloc(T * B * 4 * H);
  kernels.copy(h, bench.put(data.h0), B * H);
  kernels.copy(c, bench.put(data.c0), B * H);
  kernels.gemm(gates, bench.put(data.x), w, bench.put(data.bias), T * B, 4 * H, I, 4, I, 4 * H, 0);
  const rmask = data.rmask ? bench.put(data.rmask) : 0;
  const hm = rmask ? bench.alloc(T * B * H) : 0;
  const to = 4 * first * H;
  const [mask, masked] = rmask ? [rmask + to, hm + to] : [0, 0];
  kernels.lstm_forward(h + to, c + to, gates + 4 * to, u, mask, 0, masked, T, count, B, H, ...codes(test));
  bench.check('lstm_forward');
  return { w, u, h, c, gates, rmask, hm };
}

/** lstm_backward after forward, dz in place of the gates if `inPlace`; dy null: only the final state counts. */
function backward(
  bench: CellBench,
  test: CellCase,
  data: LstmData,
  saved: { c: number; gates: number; rmask: number },
  grads: { dy: Float32Array | null; dhT: Float32Array; dcT: Float32Array },
  inPlace = false,
) {
  const { T, B, H } = test;
  const n = B * H;
  const dz = inPlace ? saved.gates : bench.alloc(T * n * 4);
  const dh = bench.put(grads.dhT);
  const dc = bench.put(grads.dcT);
  const dy = grads.dy ? bench.put(grads.dy) : 0;
  const ut = bench.packTranspose(data.recurrentKernel, H, 4 * H);
  const { c, gates, rmask } = saved;
  bench.kernels.lstm_backward(dz, dh, dc, dy, gates, c, ut, rmask, 0, 0, T, B, B, H, ...codes(test));
  bench.check('lstm_backward');
  return { dz: bench.read(dz, T * n * 4), dh0: bench.read(dh, n), dc0: bench.read(dc, n) };
}

function outputGradients({ T, B, H }: CellCase, everyStep = true) {
  return {
    dy: everyStep ? testData(8, T * B * H) : null,
    dhT: testData(9, B * H),
    dcT: testData(10, B * H, -0.3, 0.5),
  };
}

describe('lstm', () => {
  const bench = new CellBench();

  it.each(CELL_CASES)('forward follows the reference: %o', (test) => {
    const { T, B, H } = test;
    const data = lstmData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const want = lstmForward(test, data, cellOptions(test));
    const h = bench.read(at.h, want.h.length);
    expect(worstError(h, want.h)).toBeLessThanOrEqual(FORWARD_BOUND);
    expect(worstError(bench.read(at.c, want.c.length), want.c)).toBeLessThanOrEqual(FORWARD_BOUND);
    expect(worstError(bench.read(at.gates, want.gates.length), want.gates)).toBeLessThanOrEqual(
      FORWARD_BOUND,
    );
    if (data.rmask) {
      const { rmask } = data;
      const hm = h.slice(0, T * B * H).map((v, i) => v * rmask[i % (B * H)]);
      expect(bench.read(at.hm, T * B * H)).toEqual(hm);
    }
  });

  it.each(CELL_CASES.filter((test) => !test.mask))(
    'step by step gives the bits of the sequence: %o',
    (test) => {
      const { T, B, I, H } = test;
      const data = lstmData(test);
      bench.reset();
      const at = forward(bench, test, data);
      const h = bench.put(data.h0);
      const c = bench.put(data.c0);
      const x = bench.put(data.x);
      const bias = bench.put(data.bias);
      const scratch = bench.alloc(lstmStepScratch(B, H));
      for (let t = 0; t < T; t++) {
        bench.kernels.lstm_step(h, c, x + 4 * t * B * I, at.w, at.u, bias, scratch, B, I, H, ...codes(test));
        const slot = 4 * (t + 1) * B * H;
        expect(bench.read(h, B * H)).toEqual(bench.read(at.h + slot, B * H));
        expect(bench.read(c, B * H)).toEqual(bench.read(at.c + slot, B * H));
      }
      bench.check('lstm_step');
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 16])('%i samples have the bits they have in a batch of 33', (count) => {
    const test = { T: 3, B: 33, I: 3, H: 17, mask: true };
    const first = 11;
    const data = lstmData(test);
    bench.reset();
    const whole = forward(bench, test, data);
    const part = forward(bench, test, data, first, count);
    for (const [name, width] of [
      ['h', 17],
      ['c', 17],
      ['gates', 68],
    ] as const) {
      const length = (name === 'gates' ? 3 : 4) * 33 * width;
      const want = samples(bench.read(whole[name], length), 33, width, first, count);
      expect(samples(bench.read(part[name], length), 33, width, first, count)).toEqual(want);
    }
    // The other samples are as they were: no state, and projections that no gate has touched.
    expect(bench.read(part.h + 4 * 33 * 17, 17)).toEqual(new Float32Array(17).fill(Number.NaN));
  });

  it.each(CELL_CASES)('backward follows the reference: %o', (test) => {
    const data = lstmData(test);
    for (const everyStep of [true, false]) {
      bench.reset();
      const at = forward(bench, test, data);
      const grads = outputGradients(test, everyStep);
      const got = backward(bench, test, data, at, grads);
      const options = cellOptions(test);
      const { T, B, H } = test;
      const dy = grads.dy ?? new Float32Array(T * B * H);
      const want = lstmBackward(
        test,
        data,
        lstmForward(test, data, options),
        dy,
        grads.dhT,
        grads.dcT,
        options,
      );
      for (const name of ['dz', 'dh0', 'dc0'] as const)
        expect(worstError(got[name], want[name]), name).toBeLessThanOrEqual(BACKWARD_BOUND);
    }
  });

  it.each([
    { T: 3, B: 2, I: 3, H: 17 },
    { T: 5, B: 7, I: 3, H: 9, mask: true },
  ])('backward in place of the gates gives the same bits: %o', (test) => {
    const data = lstmData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const grads = outputGradients(test);
    const apart = backward(bench, test, data, at, grads);
    expect(backward(bench, test, data, at, grads, true)).toEqual(apart);
  });

  it.each([1, 2, 3, 5, 6, 7])('backward gives %i samples the bits they have in a batch of 17', (count) => {
    const test = { T: 3, B: 17, I: 3, H: 12, mask: true };
    const { T, B, H } = test;
    const first = 4;
    const data = lstmData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const grads = outputGradients(test);
    const want = backward(bench, test, data, at, grads);
    const dz = bench.alloc(T * B * 4 * H);
    const [dh, dc, dy] = [bench.put(grads.dhT), bench.put(grads.dcT), bench.put(grads.dy ?? [])];
    const ut = bench.packTranspose(data.recurrentKernel, H, 4 * H);
    const to = 4 * first * H;
    const { lstm_backward } = bench.kernels;
    lstm_backward(
      dz + 4 * to,
      dh + to,
      dc + to,
      dy + to,
      at.gates + 4 * to,
      at.c + to,
      ut,
      at.rmask + to,
      0,
      0,
      T,
      count,
      B,
      H,
      ...codes(test),
    );
    const of = (values: Float32Array, width: number) => samples(values, B, width, first, count);
    expect(of(bench.read(dz, T * B * 4 * H), 4 * H)).toEqual(of(want.dz, 4 * H));
    expect(of(bench.read(dh, B * H), H)).toEqual(of(want.dh0, H));
    expect(of(bench.read(dc, B * H), H)).toEqual(of(want.dc0, H));
  });

  it('carries a gradient from step 500 back to step 1', () => {
    const test = { T: 500, B: 2, I: 3, H: 8 };
    const { T, B, H } = test;
    const data = lstmData(test);
    const bias = Float32Array.from(data.bias).fill(6, H, 2 * H); // forget gates near 1
    const open = { ...data, bias };
    bench.reset();
    const at = forward(bench, test, open);
    const grads = outputGradients(test, false);
    const got = backward(bench, test, open, at, grads).dz.slice(0, B * 4 * H);
    const none = new Float32Array(T * B * H);
    const want = lstmBackward(test, open, lstmForward(test, open), none, grads.dhT, grads.dcT).dz.slice(
      0,
      B * 4 * H,
    );
    const size = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(size).toBeGreaterThan(1e-3);
    const worst = want.reduce((most, v, i) => Math.max(most, Math.abs(got[i] - v)), 0);
    expect(worst / size).toBeLessThan(FAR_BOUND);
  });
});
