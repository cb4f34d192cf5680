import { describe, expect, it } from 'vitest';
import { activation, ctc, dense, input, sequential, tensor } from '../../../src/index.js';
import goldens from '../../golden/ctc.json' with { type: 'json' };
import { expectClose } from '../../harness/golden.js';
import { kernelGradients } from '../../harness/gradient.js';
import { KernelBench } from '../../harness/kernels.js';
import { runCtc } from './bench.js';

/** Of the largest number of a golden; measured 2e-7. */
const BOUND = 1e-6;

type Golden = (typeof goldens)[number];

/** The golden as the kernel takes it. */
function inputOf(golden: Golden) {
  const { time: T, outputs: O, blank, labels, lengths, logits, zeroInfinity } = golden;
  const B = labels.length;
  const L = Math.max(...labels.map((label) => label.length));
  const mask = Float32Array.from({ length: T * B }, (_, i) => (Math.floor(i / B) < lengths[i % B] ? 1 : 0));
  const rows = labels.flatMap((label) => Array.from({ length: L }, (_, u) => label[u] ?? blank));
  const pred = Float32Array.from(logits);
  return { T, B, O, L, blank, mask, labels: Float32Array.from(rows), pred, logits: true, free: zeroInfinity };
}

describe.each(goldens.map((golden, i) => [i, golden] as const))('PyTorch: CTCLoss, case %i', (_, golden) => {
  const input = inputOf(golden);
  const { B } = input;
  const bench = new KernelBench(1);

  it('agrees with the kernel', () => {
    const { losses } = runCtc(bench, input);
    golden.losses.forEach((want, b) => {
      if (want === null) expect(losses[b]).toBe(Number.POSITIVE_INFINITY);
      else expect(Math.abs(losses[b] - want)).toBeLessThan(BOUND * Math.max(1, want));
    });
    if (golden.sum === undefined) return;
    expectClose('sum', runCtc(bench, input).dpred, golden.sum.gradient, BOUND);
    const mean = { ...input, share: true, scale: 1 / B };
    expectClose('mean', runCtc(bench, mean).dpred, golden.mean.gradient, BOUND);
  });

  it('agrees with a model in its reductions and its gradient', () => {
    const { time: T, outputs: O, blank, labels, lengths, zeroInfinity } = golden;
    // One kernel of ones and nothing else: its gradient is the sum over rows of inputs times slopes.
    const make = (perLabel: boolean) => {
      const net = sequential(
        [input_(T, O), dense({ units: O, useBias: false }), activation({ activation: 'softmax' })],
        {
          seed: 1,
        },
      );
      const eye = Float32Array.from({ length: O * O }, (_, i) => (i % (O + 1) === 0 ? 1 : 0));
      net.setWeights({ 'dense.kernel': eye });
      net.compile({ loss: ctc({ maskIndex: blank, zeroInfinity, perLabel }) });
      return net;
    };
    const x = tensor(batchMajor(input.pred, T, B, O), [B, T, O]);
    const net = make(false);
    const y = tensor(input.labels, [B, input.L]);
    if (golden.sum === undefined) {
      const message = 'the label of sample 2 needs 6 steps, its sequence has 5';
      expect(() => net.trainOnBatch(x, y, { lengths })).toThrow(message);
      return;
    }
    expect(net.evaluate(x, labels, { lengths }).loss * B).toBeCloseTo(golden.sum.loss, 4);
    expect(make(true).evaluate(x, y, { lengths }).loss).toBeCloseTo(golden.mean.loss, 4);
    const { gradients } = kernelGradients(net, x, y, lengths);
    const want = new Float64Array(O * O);
    for (let r = 0; r < T * B; r++) {
      for (let i = 0; i < O; i++) {
        for (let k = 0; k < O; k++) {
          want[i * O + k] += (input.pred[r * O + i] * golden.sum.gradient[r * O + k]) / B;
        }
      }
    }
    expectClose('kernel', gradients['dense.kernel'], want, 2 * BOUND);
  });
});

const input_ = (T: number, O: number) => input({ shape: [T, O] });

function batchMajor(rows: Float32Array, T: number, B: number, O: number): Float32Array {
  const turned = new Float32Array(rows.length);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      turned.set(rows.subarray((t * B + b) * O, (t * B + b + 1) * O), (b * T + t) * O);
    }
  }
  return turned;
}
