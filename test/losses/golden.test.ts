import { describe, expect, it } from 'vitest';
import type { LossConfig } from '../../src/training/losses/index.js';
import { ALL_NAMES } from '../../src/training/named/names.js';
import { lossFromConfig } from '../../src/training/names.js';
import goldens from '../golden/losses.json' with { type: 'json' };
import { KernelBench } from '../harness/kernels.js';
import type { ReferenceLoss } from '../harness/reference/losses.js';
import { type LossInput, referenceLosses, runLoss } from './bench.js';
import { LOSS_CASES } from './cases/index.js';

/** Kernel (f32) against PyTorch (f64), relative to the larger of the value and 1; measured 1.3e-7. */
const KERNEL_BOUND = 4e-7;
/** Reference against PyTorch, which the file holds to 12 digits; measured 5e-12. */
const REFERENCE_BOUND = 1e-11;

const bench = new KernelBench(1);

/** Largest |got − want| / max(|want|, 1). */
function distance(got: ArrayLike<number>, want: readonly number[]): number {
  expect(got.length).toBe(want.length);
  return Math.max(...want.map((w, i) => Math.abs(got[i] - w) / Math.max(Math.abs(w), 1)));
}

/** The reference of the case that has the same loss and options. */
function referenceOf(name: string, config: unknown): ReferenceLoss | undefined {
  const same = ({ loss }: (typeof LOSS_CASES)[number]) =>
    loss.name === name && JSON.stringify(loss.config) === JSON.stringify(config);
  return LOSS_CASES.find(same)?.reference;
}

describe.each(goldens)('PyTorch: $name $config', (golden) => {
  const input: LossInput = {
    pred: Float32Array.from(golden.pred),
    target: Float32Array.from(golden.target),
    R: golden.losses.length,
    O: golden.outputs,
    weights: Float32Array.from(golden.weights),
    scale: golden.scale,
  };

  it('agrees with the kernel', () => {
    const loss = lossFromConfig(ALL_NAMES, golden.name, golden.config as LossConfig);
    const { losses, dpred } = runLoss(bench, loss, input);
    expect(distance(losses, golden.losses)).toBeLessThan(KERNEL_BOUND);
    expect(distance(dpred, golden.dpred)).toBeLessThan(KERNEL_BOUND);
  });

  it('agrees with the f64 reference', () => {
    const reference = referenceOf(golden.name, golden.config);
    expect(reference).toBeDefined();
    const { losses, dpred } = referenceLosses(reference!, input);
    expect(distance(losses, golden.losses)).toBeLessThan(REFERENCE_BOUND);
    expect(distance(dpred, golden.dpred)).toBeLessThan(REFERENCE_BOUND);
  });
});
