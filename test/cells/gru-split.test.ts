import { gruSplitBackwardScratch, gruSplitStepScratch } from '../../src/wasm/scratch.js';
import { describeCell } from '../harness/cell-suite.js';
import { splitStep } from '../harness/reference/cell-steps.js';

describeCell('gru_split', {
  gates: 3,
  candidateGates: [true, false],
  step: splitStep,
  recurrentFloats: (H) => 3 * H * H,
  inputBias: (bias, H) => Float32Array.from(bias, (v, n) => (n < 2 * H ? v : 0)),
  kept: { gates: 3, p: 1, q: 1 },
  gradients: { dz: 3, db: 1, dq: 1 },
  inPlace: { dz: 'gates', db: 'p', dq: 'q' },
  weights: (bench, data, I, H) => ({
    w: bench.pack(data.kernel, I, 3 * H, 3),
    u: bench.pack(data.recurrentKernel, H, 3 * H, 3),
    own: bench.put(Array.from(data.bias).slice(2 * H)),
  }),
  stepScratch: gruSplitStepScratch,
  backwardScratch: gruSplitBackwardScratch,
  forward(bench, { h, gates, p, q, u, own, rmask, valid, hm }, { T, B, H, count, codes }) {
    bench.kernels.gru_split_forward(h, gates, p, q, u, own, rmask, valid, hm, T, count, B, H, ...codes);
  },
  backward(bench, at, { T, B, H, count, codes }) {
    const { dz, db, dq, dh, dy, gates, p, q, h, rmask, valid, scratch, raw } = at;
    const part = Math.ceil(H / 8) * H * 8;
    const ut = bench.alloc(3 * part);
    bench.kernels.pack_panels(ut, raw, 2 * H, H, 1, 1, 3 * H);
    bench.kernels.pack_panels(ut + 8 * part, raw + 8 * H, H, H, 1, 1, 3 * H);
    const grads = [dz, db, dq, dh] as const;
    const saved = [dy, gates, p, q, h, ut, rmask, valid, scratch] as const;
    bench.kernels.gru_split_backward(...grads, ...saved, T, count, B, H, ...codes);
  },
  takeStep(bench, { h, x, w, u, bias, own, scratch }, { B, I, H, codes }) {
    bench.kernels.gru_split_step(h, x, w, u, bias, own, scratch, B, I, H, ...codes);
  },
  /** Largest error of h in units of 2^-24 (test/harness/cells.ts). Measured: 2.75. */
  forwardBound: 4,
  /** Largest error of dz and dh0, likewise. Measured: 3.70. */
  backwardBound: 5,
});
