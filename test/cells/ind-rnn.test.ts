import { indRnnStepScratch } from '../../src/wasm/scratch.js';
import { describeCell } from '../harness/cell-suite.js';
import { indRnnStep } from '../harness/reference/cell-steps.js';

describeCell('ind_rnn', {
  gates: 1,
  candidateGates: [true],
  step: indRnnStep,
  recurrentFloats: (H) => H,
  kept: {},
  gradients: { dz: 1 },
  inPlace: {},
  projectsIntoStates: true,
  weights: (bench, data, I, H) => ({
    w: bench.pack(data.kernel, I, H, 1),
    u: bench.put(data.recurrentKernel),
  }),
  stepScratch: indRnnStepScratch,
  backwardScratch: () => 0,
  forward(bench, { h, u, rmask, valid, hm }, { T, B, H, count, codes: [act] }) {
    bench.kernels.ind_rnn_forward(h, u, rmask, valid, hm, T, count, B, H, act);
  },
  backward(bench, { dz, dh, dy, h, u, rmask, valid }, { T, B, H, count, codes: [act] }) {
    bench.kernels.ind_rnn_backward(dz, dh, dy, h, u, rmask, valid, T, count, B, H, act);
  },
  takeStep(bench, { h, x, w, u, bias, scratch }, { B, I, H, codes: [act] }) {
    bench.kernels.ind_rnn_step(h, x, w, u, bias, scratch, B, I, H, act);
  },
  /** Largest error of h in units of 2^-24 (test/harness/cells.ts). Measured: 1.99. */
  forwardBound: 3,
  /** Largest error of dz and dh0, likewise. Measured: 3.28. */
  backwardBound: 5,
});
