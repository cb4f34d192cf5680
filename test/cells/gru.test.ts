import { describe, expect, it } from 'vitest';
import { gruBackwardScratch, gruStepScratch } from '../../src/wasm/scratch.js';
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
import { gruBackward, gruForward } from '../harness/reference/gru.js';
import type { RecurrentData } from '../harness/reference/recurrent.js';

/** Largest error of h, gates and q in units of 2^-24 (test/harness/cells.ts). Measured: 4.65. */
const FORWARD_BOUND = 6;
/** Largest error of dz, dq and dh0, likewise. Measured: 4.82. */
const BACKWARD_BOUND = 7;

interface GruCase extends CellCase {
  readonly resetAfter: boolean;
  readonly candidateGate: boolean;
}

const FORMS = [
  { resetAfter: true, candidateGate: false },
  { resetAfter: false, candidateGate: false },
  { resetAfter: true, candidateGate: true },
  { resetAfter: false, candidateGate: true },
];
const SMALL: CellCase[] = CELL_CASES.filter(({ T, B, act, mask }) => T * B > 10 || act || mask);
const CASES: GruCase[] = FORMS.flatMap((form, i) =>
  (i < 2 ? CELL_CASES : SMALL).map((test) => ({ ...test, ...form })),
);

const gruData = (test: GruCase) => cellData(test, 3, test.resetAfter ? 2 : 1);
const gruOptions = (test: GruCase) => ({ ...cellOptions(test), ...test });

/** act, ract, resetAfter, candidateGate as the kernels take them. */
function codes(test: GruCase): [act: number, ract: number, resetAfter: number, candidateGate: number] {
  const { activation, recurrentActivation } = cellOptions(test);
  return [activation.code, recurrentActivation.code, Number(test.resetAfter), Number(test.candidateGate)];
}

/** Kernels and biases as a layer prepares them: the biases of z and r are summed in f32. */
function weights(bench: CellBench, { I, H, resetAfter }: GruCase, data: RecurrentData) {
  const bias = Float32Array.from({ length: 3 * H }, (_, n) =>
    resetAfter && n < 2 * H ? data.bias[n] + data.bias[3 * H + n] : data.bias[n],
  );
  return {
    w: bench.pack(data.kernel, I, 3 * H, 3),
    u: bench.pack(data.recurrentKernel, H, 3 * H, 3),
    bias: bench.put(bias),
    rbias: resetAfter ? bench.put(Array.from(data.bias).slice(3 * H)) : 0,
  };
}

/** Buffers of a whole batch; the kernel runs on `count` samples from `first`. */
function forward(bench: CellBench, test: GruCase, data: RecurrentData, first = 0, count = test.B) {
  const { T, B, I, H } = test;
  const { w, u, bias, rbias } = weights(bench, test, data);
  const h = bench.alloc((T + 1) * B * H);
  const gates = bench.alloc(T * B * 3 * H);
  const q = bench.alloc(T * B * H);
  bench.kernels.copy(h, bench.put(data.h0), B * H);
  bench.kernels.gemm(gates, bench.put(data.x), w, bias, T * B, 3 * H, I, 3, I, 3 * H, 0);
  const rmask = data.rmask ? bench.put(data.rmask) : 0;
  const hm = rmask ? bench.alloc(T * B * H) : 0;
  const to = 4 * first * H;
  const [mask, masked] = rmask ? [rmask + to, hm + to] : [0, 0];
  bench.kernels.gru_forward(
    h + to,
    gates + 3 * to,
    q + to,
    u,
    rbias,
    mask,
    0,
    masked,
    T,
    count,
    B,
    H,
    ...codes(test),
  );
  bench.check('gru_forward');
  return { w, u, bias, rbias, h, gates, q, rmask, hm };
}

type Saved = Pick<ReturnType<typeof forward>, 'h' | 'gates' | 'q' | 'rmask' | 'hm'>;

/** gru_backward on `count` samples from `first`; dz and dq in place of gates and q if `inPlace`. */
function backward(
  bench: CellBench,
  test: GruCase,
  data: RecurrentData,
  saved: Saved,
  grads: { dy: Float32Array | null; dhT: Float32Array },
  { inPlace = false, first = 0, count = test.B } = {},
) {
  const { T, B, H, resetAfter } = test;
  const n = B * H;
  const dz = inPlace ? saved.gates : bench.alloc(T * n * 3);
  const dq = resetAfter ? (inPlace ? saved.q : bench.alloc(T * n)) : 0;
  const dh = bench.put(grads.dhT);
  const dy = grads.dy ? bench.put(grads.dy) : 0;
  const panels = Math.ceil(H / 8);
  const ut = bench.alloc(panels * 3 * H * 8);
  const u = bench.put(data.recurrentKernel);
  bench.kernels.pack_panels(ut, u, 2 * H, H, 1, 1, 3 * H);
  bench.kernels.pack_panels(ut + 4 * panels * 2 * H * 8, u + 4 * 2 * H, H, H, 1, 1, 3 * H);
  const scratch = bench.alloc(gruBackwardScratch(count, H));
  const to = 4 * first * H;
  const { h, gates, q, hm, rmask } = saved;
  const offset = (address: number) => (address ? address + to : 0);
  bench.kernels.gru_backward(
    dz + 3 * to,
    offset(dq),
    dh + to,
    offset(dy),
    gates + 3 * to,
    q + to,
    h + to,
    offset(hm),
    ut,
    offset(rmask),
    0,
    scratch,
    T,
    count,
    B,
    H,
    ...codes(test),
  );
  bench.check('gru_backward');
  return {
    dz: bench.read(dz, T * n * 3),
    dq: resetAfter ? bench.read(dq, T * n) : null,
    dh0: bench.read(dh, n),
  };
}

function outputGradients({ T, B, H }: CellCase, everyStep = true) {
  return { dy: everyStep ? testData(8, T * B * H) : null, dhT: testData(9, B * H) };
}

describe('gru', () => {
  const bench = new CellBench();

  it.each(CASES)('forward follows the reference: %o', (test) => {
    const { T, B, H } = test;
    const data = gruData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const want = gruForward(test, data, gruOptions(test));
    for (const name of ['h', 'gates', 'q'] as const)
      expect(worstError(bench.read(at[name], want[name].length), want[name]), name).toBeLessThanOrEqual(
        FORWARD_BOUND,
      );
    if (data.rmask) {
      const { rmask } = data;
      const hm = bench.read(at.h, T * B * H).map((v, i) => v * rmask[i % (B * H)]);
      expect(bench.read(at.hm, T * B * H)).toEqual(hm);
    }
  });

  it.each(CASES.filter((test) => !test.mask))('step by step gives the bits of the sequence: %o', (test) => {
    const { T, B, I, H } = test;
    const data = gruData(test);
    bench.reset();
    const at = forward(bench, test, data);
    const h = bench.put(data.h0);
    const x = bench.put(data.x);
    const scratch = bench.alloc(gruStepScratch(B, H));
    for (let t = 0; t < T; t++) {
      const xt = x + 4 * t * B * I;
      bench.kernels.gru_step(h, xt, at.w, at.u, at.bias, at.rbias, scratch, B, I, H, ...codes(test));
      expect(bench.read(h, B * H)).toEqual(bench.read(at.h + 4 * (t + 1) * B * H, B * H));
    }
    bench.check('gru_step');
  });

  it.each(FORMS)('part of a batch gives the bits it has in the batch, both ways: %o', (form) => {
    const test = { T: 3, B: 33, I: 3, H: 17, mask: true, ...form };
    const { T, B, H } = test;
    const first = 11;
    const data = gruData(test);
    const grads = outputGradients(test);
    for (const count of [1, 2, 3, 4, 5, 6, 7, 16]) {
      bench.reset();
      const of = (values: ArrayLike<number>, width: number) => samples(values, B, width, first, count);
      const whole = forward(bench, test, data);
      const part = forward(bench, test, data, first, count);
      for (const [name, width, slots] of [
        ['h', H, T + 1],
        ['gates', 3 * H, T],
        ['q', H, T],
      ] as const) {
        const got = bench.read(part[name], slots * B * width);
        expect(of(got, width), name).toEqual(of(bench.read(whole[name], slots * B * width), width));
      }
      const want = backward(bench, test, data, whole, grads);
      const got = backward(bench, test, data, whole, grads, { first, count });
      expect(of(got.dz, 3 * H)).toEqual(of(want.dz, 3 * H));
      expect(of(got.dh0, H)).toEqual(of(want.dh0, H));
      if (got.dq && want.dq) expect(of(got.dq, H)).toEqual(of(want.dq, H));
    }
  });

  it.each(CASES)('backward follows the reference: %o', (test) => {
    const { T, B, H } = test;
    const data = gruData(test);
    const options = gruOptions(test);
    for (const everyStep of [true, false]) {
      bench.reset();
      const at = forward(bench, test, data);
      const grads = outputGradients(test, everyStep);
      const got = backward(bench, test, data, at, grads);
      const dy = grads.dy ?? new Float32Array(T * B * H);
      const want = gruBackward(test, data, gruForward(test, data, options), dy, grads.dhT, options);
      expect(worstError(got.dz, want.dz)).toBeLessThanOrEqual(BACKWARD_BOUND);
      expect(worstError(got.dh0, want.dh0)).toBeLessThanOrEqual(BACKWARD_BOUND);
      if (got.dq) expect(worstError(got.dq, want.dq)).toBeLessThanOrEqual(BACKWARD_BOUND);
    }
  });

  it.each(FORMS)('backward in place of gates and q gives the same bits: %o', (form) => {
    for (const test of [
      { T: 3, B: 2, I: 3, H: 17, ...form },
      { T: 5, B: 7, I: 3, H: 9, mask: true, ...form },
    ]) {
      const data = gruData(test);
      bench.reset();
      const at = forward(bench, test, data);
      const grads = outputGradients(test);
      const apart = backward(bench, test, data, at, grads);
      expect(backward(bench, test, data, at, grads, { inPlace: true })).toEqual(apart);
    }
  });
});
