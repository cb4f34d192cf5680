import type { OwnLossCall } from '../layers/layer.js';
import type { Recorder } from '../program/recorder.js';
import { at, type Ref, type Region } from '../program/region.js';
import type { Shape } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import type { Kernel } from '../wasm/kernel.js';
import type { Compiled } from './compiled.js';
import type { SequenceLoss } from './losses/sequence.js';
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
  /** Numbers in the target of a sample, where they are labels of the whole sequence. */
  readonly labels: number;
  readonly training: boolean;
  /** Records the loss of its own that the output's layer has. */
  ownLoss(call: OwnLossCall): Ref | null;
}

/** Places of a loss. */
export interface LossPart {
  readonly target: Region;
  readonly weights: Region | null;
  readonly masked: boolean;
  readonly rowWeights: Ref | null;
  readonly gradient: Ref | null;
  /** Loss of each sample, and which steps count, of a loss over sequences; else null. */
  readonly sequences: { readonly losses: Region; readonly mask: Ref | null } | null;
}

/** Records the loss of one output; its share of the gradient is scaled by the output's loss weight. */
export function recordLoss(
  recorder: Recorder,
  compiled: Compiled,
  memory: TrainingMemory,
  output: LossOutput,
): LossPart {
  const record = compiled.losses[output.index].sequence === null ? recordRows : recordSequences;
  return record(recorder, compiled, memory, output);
}

/**
 * A loss over rows.
 *
 * ```text
 * L = Σ_r w_r · l_r / R           m: 1 where a row counts, 0 where its step is masked
 * L = Σ_r m_r w_r · l_r / Σ_r m_r
 * ```
 */
function recordRows(
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
  const record = (weights: Region | null, scale: number): Ref | null => {
    if (loss.own) return output.ownLoss({ losses: rows, target, mask: null, weights, scale });
    const gradient = training ? recorder.region(`dPrediction_${index}`, R * O) : null;
    const emitLoss = recorder.emit.bind(recorder) as unknown as (kernel: Kernel, ...args: unknown[]) => void;
    emitLoss(kernel, rows, gradient, prediction, target, weights, R, O, scale, ...loss.params);
    return gradient && at(gradient);
  };
  const lossWeight = Math.fround(compiled.lossWeights[index]);
  const part = { target, weights, masked: mask !== null, sequences: null };
  if (mask === null) {
    const gradient = record(weights, lossWeight / R);
    recorder.emit(kernels.weighted_sum, memory.lossPlace(index), rows, weights, R, 1 / R);
    return { ...part, gradient, rowWeights: weights && at(weights) };
  }
  const steps = batch * shape[0];
  const inner = R / steps;
  const own = recorder.region(`maskedWeights_${index}`, R);
  recorder.readAfter(own);
  const factors = recorder.region(`factors_${index}`, R);
  const inverse = recorder.region(`inverse_${index}`, 1);
  recorder.emit(kernels.mask_weights, own, factors, inverse, weights, mask, steps, inner, lossWeight);
  const gradient = record(factors, 1);
  recorder.emit(kernels.masked_mean, memory.lossPlace(index), rows, weights, mask, inverse, steps, inner);
  return { ...part, gradient, rowWeights: at(own) };
}

/**
 * A loss over whole sequences: one for each of B samples. Masks are for its kernel to heed.
 *
 * ```text
 * L = Σ_b w_b · l_b / B
 * ```
 */
function recordSequences(
  recorder: Recorder,
  compiled: Compiled,
  memory: TrainingMemory,
  output: LossOutput,
): LossPart {
  const { index, logits, shape, batch: B, mask, weighted, labels, training } = output;
  const [T, O] = shape;
  const loss = compiled.losses[index];
  const sequence = loss.sequence as SequenceLoss;
  const hasLabels = sequence.padding !== null;
  const target = given(recorder, `target_${index}`, B * (hasLabels ? labels : T));
  // One for each step, as those of rows are; the first B are those of the samples.
  const weights = weighted ? given(recorder, `weights_${index}`, B * T) : null;
  const losses = recorder.region(`losses_${index}`, B);
  recorder.readAfter(losses);
  const scale = Math.fround(compiled.lossWeights[index]) / B;
  const record = (): Ref | null => {
    if (loss.own) return output.ownLoss({ losses, target, mask, weights, scale });
    const gradient = training ? recorder.region(`dPrediction_${index}`, B * T * O) : null;
    sequence.record({
      emit: recorder.emit.bind(recorder),
      losses,
      gradient,
      prediction: logits ?? output.prediction,
      fromLogits: logits !== null,
      target,
      mask,
      weights,
      ...{ T, B, O, L: hasLabels ? labels : 1, scale },
      scratch: (floats) => recorder.region(`scratch_${index}`, floats),
    });
    return gradient && at(gradient);
  };
  const gradient = record();
  recorder.emit(kernels.weighted_sum, memory.lossPlace(index), losses, weights, B, 1 / B);
  if (mask !== null) recorder.readAfter(mask);
  const part = {
    target,
    weights,
    gradient,
    masked: false,
    sequences: { losses, mask },
  };
  if (hasLabels || mask === null) return { ...part, rowWeights: weights && at(weights) };
  if (weights === null) return { ...part, rowWeights: mask };
  const own = recorder.region(`maskedWeights_${index}`, B * T);
  recorder.readAfter(own);
  recorder.emit(kernels.mul, own, weights, mask, B * T);
  return { ...part, rowWeights: at(own) };
}

/** A region that the batch is copied into, and read again by metrics. */
function given(recorder: Recorder, name: string, floats: number): Region {
  const region = recorder.region(name, floats);
  recorder.writtenBefore(region);
  recorder.readAfter(region);
  return region;
}
