import type { Recorder } from '../program/recorder.js';
import { at, type Ref, type Region } from '../program/region.js';
import type { Shape } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import type { Kernel } from '../wasm/kernel.js';
import type { Compiled } from './compiled.js';
import { rowsOf } from './targets.js';
import type { TrainingMemory } from './training-memory.js';

/** An output of the model in a program for one batch size. */
export interface LossOutput {
  readonly index: number;
  readonly prediction: Ref;
  /** What the last activation is applied to, where the loss takes that; else null. */
  readonly logits: Ref | null;
  /** Of one sample. */
  readonly shape: Shape;
  readonly batch: number;
  /** Which steps count, [T, B], or null for all. */
  readonly mask: Ref | null;
  /** Whether rows come with weights. */
  readonly weighted: boolean;
  readonly training: boolean;
}

/** Places of a loss. */
export interface LossPart {
  readonly target: Region;
  readonly weights: Region | null;
  readonly masked: boolean;
  readonly rowWeights: Region | null;
  readonly gradient: Ref | null;
}

/**
 * Records the loss of one output; its share of the gradient is scaled by the output's loss weight.
 *
 * ```text
 * L = Σ_r w_r · l_r / R           m: 1 where a row counts, 0 where its step is masked
 * L = Σ_r m_r w_r · l_r / Σ_r m_r
 * ```
 */
export function recordLoss(
  recorder: Recorder,
  compiled: Compiled,
  memory: TrainingMemory,
  output: LossOutput,
): LossPart {
  const { index, logits, shape, batch, mask, weighted, training } = output;
  const loss = compiled.losses[index];
  const prediction = logits ?? output.prediction;
  const kernel = logits !== null && loss.logits !== null ? loss.logits.kernel : loss.kernel;
  const O = shape[shape.length - 1];
  const R = batch * rowsOf(shape);
  const target = given(recorder, `target_${index}`, R * loss.targetColumns(O));
  const weights = weighted ? given(recorder, `weights_${index}`, R) : null;
  const rows = recorder.region(`losses_${index}`, R);
  const gradient = training ? recorder.region(`dPrediction_${index}`, R * O) : null;
  const emitLoss = recorder.emit.bind(recorder) as unknown as (kernel: Kernel, ...args: unknown[]) => void;
  const lossWeight = Math.fround(compiled.lossWeights[index]);
  const part = { target, weights, gradient: gradient && at(gradient), masked: mask !== null };
  if (mask === null) {
    const scale = lossWeight / R;
    emitLoss(kernel, rows, gradient, prediction, target, weights, R, O, scale, ...loss.params);
    recorder.emit(kernels.weighted_sum, memory.lossPlace(index), rows, weights, R, 1 / R);
    return { ...part, rowWeights: weights };
  }
  const steps = batch * shape[0];
  const inner = R / steps;
  const own = recorder.region(`maskedWeights_${index}`, R);
  recorder.readAfter(own);
  const factors = recorder.region(`factors_${index}`, R);
  const inverse = recorder.region(`inverse_${index}`, 1);
  recorder.emit(kernels.mask_weights, own, factors, inverse, weights, mask, steps, inner, lossWeight);
  emitLoss(kernel, rows, gradient, prediction, target, factors, R, O, 1, ...loss.params);
  recorder.emit(kernels.masked_mean, memory.lossPlace(index), rows, weights, mask, inverse, steps, inner);
  return { ...part, rowWeights: own };
}

/** A region that the batch is copied into, and read again by metrics. */
function given(recorder: Recorder, name: string, floats: number): Region {
  const region = recorder.region(name, floats);
  recorder.writtenBefore(region);
  recorder.readAfter(region);
  return region;
}
