import { describe, expect, it } from 'vitest';
import { scaledDifference } from '../../harness/gradient.js';
import { KernelBench } from '../../harness/kernels.js';
import { testData, testRandom } from '../../harness/random.js';
import { ctcByEnumeration, ctcLoss, logSoftmax } from '../../harness/reference/ctc.js';
import { type CtcInput, drawCtc, labelOf, referenceCtc, runCtc, stepsOf } from './bench.js';

const SIZES = [1, 3, 4, 5, 17, 33];
/** Relative to the larger of the loss and 1. */
const LOSS_BOUND = 1e-6;
/** Of the largest gradient, which is at most that of the weights. */
const GRADIENT_BOUND = 5e-6;

const bench = new KernelBench(8);

function compare(input: CtcInput): { loss: number; gradient: number } {
  const got = runCtc(bench, input);
  const want = referenceCtc(input);
  return {
    loss: Math.max(...want.losses.map((l, b) => Math.abs(got.losses[b] - l) / Math.max(1, Math.abs(l)))),
    gradient: scaledDifference(got.dpred, want.dpred, 0.1),
  };
}

describe('ctc_loss', () => {
  it('has a reference that is the sum over every way to say a label', () => {
    for (const [T, label] of [
      [1, []],
      [1, [1]],
      [3, [1, 2]],
      [4, [2, 2]],
      [5, [1, 1, 2]],
      [5, [2]],
    ] as const) {
      const logs = Array.from({ length: T }, (_, t) => logSoftmax([...testData(t + 5, 3, -2, 2)]));
      expect(ctcLoss(logs, label, 0)).toBeCloseTo(ctcByEnumeration(logs, label, 0), 12);
    }
  });

  it.each([true, false])('agrees with f64 and its differences at every size, logits: %s', (logits) => {
    let [loss, gradient] = [0, 0];
    for (const T of SIZES) {
      for (const [i, O] of SIZES.entries()) {
        const L = SIZES[(i + T) % SIZES.length];
        const found = compare(drawCtc(100 * T + O, T, 3, O, L, logits));
        loss = Math.max(loss, found.loss);
        gradient = Math.max(gradient, found.gradient);
      }
    }
    expect(loss).toBeLessThan(LOSS_BOUND);
    expect(gradient).toBeLessThan(GRADIENT_BOUND);
  });

  it('heeds masks anywhere, weights, scale and the share of a label', () => {
    for (const B of SIZES) {
      const next = testRandom(B);
      const plain = drawCtc(B, 9, B, 5, 3, B % 2 === 0);
      const mask = Float32Array.from({ length: 9 * B }, () => (next() < 0.2 ? 0 : 1));
      const input = { ...plain, mask, weights: testData(B + 9, B, 0, 2), scale: 0.25, share: true };
      const found = compare(input);
      expect(found.loss).toBeLessThan(LOSS_BOUND);
      expect(found.gradient).toBeLessThan(GRADIENT_BOUND);
      const { dpred } = runCtc(bench, input);
      mask.forEach((counts, row) => {
        if (counts === 0) expect([...dpred.subarray(row * 5, row * 5 + 5)]).toEqual([0, 0, 0, 0, 0]);
      });
    }
  });

  it('gives a sample the same bits alone, in any batch, padded, and without the gradient', () => {
    const all = drawCtc(7, 17, 5, 6, 4, true);
    const batch = runCtc(bench, all);
    expect([...runCtc(bench, all, false).losses]).toEqual([...batch.losses]);
    for (let b = 0; b < 5; b++) {
      const { rows } = stepsOf(all, b);
      // Three more steps that do not count, with anything in them, before the second and at the end.
      const padding = [9, 9, 9, -9, 9, 9];
      const padded = [rows[0], padding, ...rows.slice(1), padding, padding];
      const mask = Float32Array.from(padded, (row) => (row === padding ? 0 : 1));
      const labels = all.labels.slice(b * 4, b * 4 + 4);
      const alone = runCtc(bench, {
        ...all,
        T: 20,
        B: 1,
        pred: Float32Array.from(padded.flat()),
        labels,
        mask,
      });
      expect(alone.losses[0]).toBe(batch.losses[b]);
      const counted = [...mask.keys()].filter((t) => mask[t] === 1);
      counted.forEach((t, i) => {
        const own = [...alone.dpred.subarray(t * 6, t * 6 + 6)];
        expect(own).toEqual([...batch.dpred.subarray((i * 5 + b) * 6, (i * 5 + b + 1) * 6)]);
      });
    }
  });

  it('gives Infinity, or 0 where that is free, and no gradient for a label that cannot be said', () => {
    const input = { ...drawCtc(3, 3, 2, 4, 3, true), blank: 0, labels: Float32Array.of(1, 1, 2, 1, 2, 3) };
    const [first, second] = [runCtc(bench, input), runCtc(bench, { ...input, free: true })];
    expect([first.losses[0], second.losses[0]]).toEqual([Number.POSITIVE_INFINITY, 0]);
    expect(first.losses[1]).toBe(second.losses[1]);
    expect(first.losses[1]).toBeGreaterThan(0);
    for (const { dpred } of [first, second]) {
      for (let t = 0; t < 3; t++) expect([...dpred.subarray(8 * t, 8 * t + 4)]).toEqual([0, 0, 0, 0]);
    }
    const none = runCtc(bench, { ...input, mask: new Float32Array(6) });
    expect([...none.losses]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const empty = runCtc(bench, { ...input, mask: new Float32Array(6), labels: new Float32Array(6) });
    expect([...empty.losses]).toEqual([0, 0]);
  });

  it('holds in long sequences and with logits of any size', () => {
    const long = drawCtc(5, 700, 1, 4, 40, true);
    const { rows } = stepsOf(long, 0);
    const want = ctcLoss(rows.map(logSoftmax), labelOf(long, 0), long.blank);
    expect(Math.abs(runCtc(bench, long).losses[0] / want - 1)).toBeLessThan(LOSS_BOUND);
    const wide = { ...drawCtc(6, 12, 2, 5, 3, true), pred: testData(8, 120, -300, 400) };
    const found = compare(wide);
    expect(found.loss).toBeLessThan(LOSS_BOUND);
    // Differences of losses near 2000 have no more digits.
    expect(found.gradient).toBeLessThan(1e-4);
    const [broken] = runCtc(bench, { ...wide, pred: wide.pred.fill(Number.NaN, 0, 1) }).losses;
    expect(broken).toBeNaN();
  });
});
