import type { Recorder } from '../../program/recorder.js';
import type { Ref, Region } from '../../program/region.js';

/** A call of a loss over the sequences of a batch, about to be recorded. */
export interface SequenceCall {
  readonly emit: Recorder['emit'];
  /** Loss of each sample, [B], not weighted. */
  readonly losses: Region;
  /** Gradient of the prediction, [T, B, O], scaled and weighted; null where none is wanted. */
  readonly gradient: Region | null;
  readonly prediction: Ref;
  /** Whether the prediction is what the last activation is applied to. */
  readonly fromLogits: boolean;
  /** Classes [T, B], or labels [B, L]. */
  readonly target: Region;
  /** Which steps count, [T, B], or null for all. */
  readonly mask: Ref | null;
  /** Weight of each sample, [B], or null for ones. */
  readonly weights: Region | null;
  readonly T: number;
  readonly B: number;
  readonly O: number;
  /** Classes of a label, padding included; 1 where each step has a class. */
  readonly L: number;
  readonly scale: number;
  /** Workspace of the loss. */
  scratch(floats: number): Region;
}

/** What a loss over whole sequences declares beside what every loss has. */
export interface SequenceLoss {
  /** The class that pads the labels of a sample to a common length; null where each step has a class. */
  readonly padding: number | null;
  /** Whether predictions must be probabilities, unless the loss takes what a softmax is applied to. */
  readonly takesProbabilities: boolean;
  /** Steps without which a label cannot be said; 0 where any number will do. */
  stepsNeeded(label: ArrayLike<number>): number;
  /** Records the kernel: losses and gradient. Not called where the layer records the loss. */
  record(call: SequenceCall): void;
}
