import type { Loss } from '../../src/training/losses/loss.js';
import type { KernelName } from '../../src/wasm/generated/abi.js';
import type { KernelBench } from '../harness/kernels.js';
import type { ReferenceLoss } from '../harness/reference/losses.js';

/** What a loss kernel is given. `target` is [R, O], or [R] for class ids. */
export interface LossInput {
  pred: Float32Array;
  target: Float32Array;
  R: number;
  O: number;
  weights?: Float32Array;
  scale?: number;
}

export interface LossOutput {
  losses: Float32Array;
  dpred: Float32Array;
}

/** Floats on either side of an output, which must stay as they are. */
const GUARD = 5;
const UNTOUCHED = 1.0625;

/** A buffer of `count` NaNs between guards: its address, and how to read it and check the guards. */
function guarded(bench: KernelBench, count: number) {
  const at = bench.alloc(count + 2 * GUARD, UNTOUCHED);
  const inner = at + 4 * GUARD;
  new Float32Array(bench.memory.buffer, inner, count).fill(Number.NaN);
  return {
    at: inner,
    read: () => {
      const all = bench.read(at, count + 2 * GUARD);
      const outside = [...all.subarray(0, GUARD), ...all.subarray(GUARD + count)];
      if (outside.some((v) => v !== UNTOUCHED)) throw new Error('a kernel wrote outside its output');
      return all.slice(GUARD, GUARD + count);
    },
  };
}

/** Runs a loss's kernel; with `gradient: false` it is given no dpred. */
export function runLoss(bench: KernelBench, loss: Loss, input: LossInput, gradient = true): LossOutput {
  bench.reset();
  const { R, O, weights, scale = 1 } = input;
  const losses = guarded(bench, R);
  const dpred = guarded(bench, R * O);
  const pred = bench.put(input.pred);
  const target = bench.put(input.target);
  const kernel = bench.kernels[loss.kernel.name as KernelName] as (...args: number[]) => void;
  kernel(
    losses.at,
    gradient ? dpred.at : 0,
    pred,
    target,
    weights ? bench.put(weights) : 0,
    R,
    O,
    scale,
    ...loss.params,
  );
  return { losses: losses.read(), dpred: dpred.read() };
}

/** The same in f64. */
export function referenceLosses(reference: ReferenceLoss, input: LossInput) {
  const { R, O, weights, scale = 1 } = input;
  const columns = input.target.length / Math.max(R, 1);
  const losses: number[] = [];
  const dpred: number[] = [];
  for (let r = 0; r < R; r++) {
    const row = reference(
      [...input.pred.subarray(r * O, (r + 1) * O)],
      [...input.target.subarray(r * columns, (r + 1) * columns)],
    );
    losses.push(row.loss);
    dpred.push(...row.gradient.map((g) => Math.fround(scale) * (weights?.[r] ?? 1) * g));
  }
  return { losses, dpred };
}

/**
 * Largest |got − want| / max(|want|, floor), in units of 2⁻²⁴ (half the spacing of floats at 1).
 * `floor(i)` is the size of the terms that element i is a difference of.
 */
export function relativeError(
  got: ArrayLike<number>,
  want: readonly number[],
  floor: (i: number) => number,
): number {
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i] - want[i]);
    if (difference === 0) continue;
    const error = (difference / Math.max(Math.abs(want[i]), floor(i), 2 ** -126)) * 2 ** 24;
    if (!(error <= worst)) worst = error;
  }
  return worst;
}
