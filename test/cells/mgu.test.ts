import { mguBackwardScratch, mguStepScratch } from '../../src/wasm/scratch.js';
import { describeCell } from '../harness/cell-suite.js';
import { mguStep } from '../harness/reference/cell-steps.js';

describeCell('mgu', {
  gates: 2,
  candidateGates: [true, false],
  step: mguStep,
  recurrentFloats: (H) => 2 * H * H,
  kept: { gates: 2, q: 1 },
  gradients: { dz: 2 },
  inPlace: { dz: 'gates' },
  weights: (bench, data, I, H) => ({
    w: bench.pack(data.kernel, I, 2 * H, 2),
    u: bench.pack(data.recurrentKernel, H, 2 * H, 2),
  }),
  stepScratch: mguStepScratch,
  backwardScratch: mguBackwardScratch,
  forward(bench, { h, gates, q, u, rmask, valid, hm }, { T, B, H, count, codes }) {
    bench.kernels.mgu_forward(h, gates, q, u, rmask, valid, hm, T, count, B, H, ...codes);
  },
  backward(bench, at, { T, B, H, count, codes }) {
    const { dz, dh, dy, gates, h, hm, rmask, valid, scratch, raw } = at;
    const part = Math.ceil(H / 8) * H * 8;
    const ut = bench.alloc(2 * part);
    bench.kernels.pack_panels(ut, raw, H, H, 1, 1, 2 * H);
    bench.kernels.pack_panels(ut + 4 * part, raw + 4 * H, H, H, 1, 1, 2 * H);
    const sizes = [T, count, B, H, ...codes] as const;
    bench.kernels.mgu_backward(dz, dh, dy, gates, h, hm, ut, rmask, valid, scratch, ...sizes);
  },
  takeStep(bench, { h, x, w, u, bias, scratch }, { B, I, H, codes }) {
    bench.kernels.mgu_step(h, x, w, u, bias, scratch, B, I, H, ...codes);
  },
  /** Largest error of h in units of 2^-24 (test/harness/cells.ts). Measured: 3.77. */
  forwardBound: 5,
  /** Largest error of dz and dh0, likewise. Measured: 4.43. */
  backwardBound: 6,
});
