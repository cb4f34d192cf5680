import { describe, expect, it } from 'vitest';
import { rnnStepScratch } from '../../src/wasm/scratch.js';
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
import type { RecurrentData } from '../harness/reference/recurrent.js';
import { rnnBackward, rnnForward } from '../harness/reference/rnn.js';

/** Largest error of h in units of 2^-24 (test/harness/cells.ts). Measured: 3.89. */
const FORWARD_BOUND = 6;
/** Largest error of dz and dh0, likewise. Measured: 6.57. */
const BACKWARD_BOUND = 8;

const rnnData = (test: CellCase) => cellData(test, 1);
const code = (test: CellCase) => cellOptions(test).activation.code;

/** Buffers of a whole batch; the kernel runs on `count` samples from `first`. */
function forward(bench: CellBench, test: CellCase, data: RecurrentData, first = 0, count = test.B) {
  const { T, B, I, H } = test;
  const w = bench.pack(data.kernel, I, H, 1);
  const u = bench.pack(data.recurrentKernel, H, H, 1);
  const bias = bench.put(data.bias);
  const h = bench.alloc((T + 1) * B * H);
  bench.kernels.copy(h, bench.put(data.h0), B * H);
  bench.kernels.gemm(h + 4 * B * H, bench.put(data.x), w, bias, T * B, H, I, 1, I, H, 0);
  const rmask = data.rmask ? bench.put(data.rmask) : 0;
  const hm = rmask ? bench.alloc(T * B * H) : 0;
  const to = 4 * first * H;
  const [mask, masked] = rmask ? [rmask + to, hm + to] : [0, 0];
  bench.kernels.rnn_forward(h + to, u, mask, 0, masked, T, count, B, H, code(test));
  bench.check('rnn_forward');
  return { w, u, bias, h, rmask, hm };
}

/** rnn_backward on `count` samples from `first`. */
function backward(
  bench: CellBench,
  test: CellCase,
  data: RecurrentData,
  saved: { h: number; rmask: number },
  grads: { dy: Float32Array | null; dhT: Float32Array },
  { inPlace = false, first = 0, count = test.B } = {},
) {
  const { T, B, H } = test;
  const dy = grads.dy ? bench.put(grads.dy) : 0;
  const dz = inPlace ? dy : bench.alloc(T * B * H);
  const dh = bench.put(grads.dhT);
  const ut = bench.packTranspose(data.recurrentKernel, H, H);
  const to = 4 * first * H;
  const offset = (address: number) => (address ? address + to : 0);
  const { h, rmask } = saved;
  bench.kernels.rnn_backward(
    dz + to,
    dh + to,
    offset(dy),
    h + to,
    ut,
    offset(rmask),
    0,
    0,
    T,
    count,
    B,
    H,
    code(test),
  );
  bench.check('rnn_backward');
  return { dz: bench.read(dz, T * B * H), dh0: bench.read(dh, B * H) };
}

function outputGradients({ T, B, H }: CellCase, everyStep = true) {
  return { dy: everyStep ? testData(8, T * B * H) : null, dhT: testData(9, B * H) };
}

describe('rnn', () => {
  const bench = new CellBench();

  it.each(CELL_CASES)('forward follows the reference: %o', (test) => {
    const { T, B, H } = test;
    const data = rnnData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const want = rnnForward(test, data, cellOptions(test).activation);
    const h = bench.read(at.h, want.length);
    expect(worstError(h, want)).toBeLessThanOrEqual(FORWARD_BOUND);
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
      const data = rnnData(test);
      bench.reset();
      const at = forward(bench, test, data);
      const h = bench.put(data.h0);
      const x = bench.put(data.x);
      const scratch = bench.alloc(rnnStepScratch(B, H));
      for (let t = 0; t < T; t++) {
        bench.kernels.rnn_step(h, x + 4 * t * B * I, at.w, at.u, at.bias, scratch, B, I, H, code(test));
        expect(bench.read(h, B * H)).toEqual(bench.read(at.h + 4 * (t + 1) * B * H, B * H));
      }
      bench.check('rnn_step');
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 16])('%i samples have the bits they have in a batch of 33', (count) => {
    const test = { T: 3, B: 33, I: 3, H: 17, mask: true };
    const { T, B, H } = test;
    const first = 11;
    const data = rnnData(test);
    const of = (values: ArrayLike<number>) => samples(values, B, H, first, count);
    bench.reset();
    const whole = forward(bench, test, data);
    const part = forward(bench, test, data, first, count);
    const length = (T + 1) * B * H;
    expect(of(bench.read(part.h, length))).toEqual(of(bench.read(whole.h, length)));
    const grads = outputGradients(test);
    const want = backward(bench, test, data, whole, grads);
    const got = backward(bench, test, data, whole, grads, { first, count });
    expect(of(got.dz)).toEqual(of(want.dz));
    expect(of(got.dh0)).toEqual(of(want.dh0));
  });

  it.each(CELL_CASES)('backward follows the reference: %o', (test) => {
    const { T, B, H } = test;
    const data = rnnData(test);
    const { activation } = cellOptions(test);
    for (const everyStep of [true, false]) {
      bench.reset();
      const at = forward(bench, test, data);
      const grads = outputGradients(test, everyStep);
      const got = backward(bench, test, data, at, grads);
      const dy = grads.dy ?? new Float32Array(T * B * H);
      const want = rnnBackward(test, data, rnnForward(test, data, activation), dy, grads.dhT, activation);
      expect(worstError(got.dz, want.dz)).toBeLessThanOrEqual(BACKWARD_BOUND);
      expect(worstError(got.dh0, want.dh0)).toBeLessThanOrEqual(BACKWARD_BOUND);
    }
  });

  it('backward in place of the output gradients gives the same bits', () => {
    const test = { T: 5, B: 7, I: 3, H: 9, mask: true };
    const data = rnnData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const grads = outputGradients(test);
    const apart = backward(bench, test, data, at, grads);
    expect(backward(bench, test, data, at, grads, { inPlace: true })).toEqual(apart);
  });
});
