import { checkOptionNames } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { ctcScratch } from '../../wasm/scratch.js';
import { declareLoss, type Loss, type TargetFault } from './loss.js';
import { flag, wholeNumber } from './options.js';

/** Options of {@link ctc}. */
export interface CtcOptions {
  /** Class of the blank, which also pads labels. Default 0, as in Keras. */
  maskIndex?: number;
  /** Whether predictions are logits rather than probabilities. Default false. */
  fromLogits?: boolean;
  /** True lets a label that its sequence cannot say count for nothing, where it would be an error. Default false. */
  zeroInfinity?: boolean;
  /** True divides the loss of each sample by the number of its labels, as PyTorch's mean does. Default false. */
  perLabel?: boolean;
}

/** Labels [samples, L]: classes other than the blank, then blanks to the end. */
function checkLabels(
  labels: Float32Array,
  samples: number,
  outputs: number,
  blank: number,
): TargetFault | null {
  const L = labels.length / samples;
  for (let i = 0; i < labels.length; i++) {
    const value = labels[i];
    const [row, column] = [Math.floor(i / L), i % L];
    if (!(Number.isInteger(value) && value >= 0 && value < outputs)) {
      return { row, column, value, expected: `a class from 0 to ${outputs - 1}, or ${blank} for padding` };
    }
    if (column > 0 && value !== blank && labels[i - 1] === blank) {
      return { row, column, value, expected: `${blank}, since what follows padding is padding` };
    }
  }
  return null;
}

/** A step for each class, and a blank between two that are the same. */
function stepsFor(label: ArrayLike<number>, blank: number): number {
  let steps = 0;
  for (let u = 0; u < label.length && label[u] !== blank; u++) {
    steps += u > 0 && label[u] === label[u - 1] ? 2 : 1;
  }
  return steps;
}

/**
 * Connectionist temporal classification: `−ln p(label)`, summed over all ways to say the label's classes one after
 * another in the steps of the sequence, with blanks between them and repeats of a class merged.
 *
 * For outputs `[batch, time, classes]`, one class of which, `maskIndex`, is the blank. Targets are a list of classes
 * for each sample, `[batch, L]` padded with `maskIndex`, or lists of unequal length. Steps that do not count, by
 * lengths or masks, are left out. The loss is the mean over samples.
 *
 * Where the last layer is a `dense` or `activation` with 'softmax', it is computed from what the softmax is applied to.
 * A label that is longer than its sequence can say is an error that names the sample, unless `zeroInfinity`.
 *
 * Source: Graves et al. 2006
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function ctc(options: CtcOptions = {}): Loss {
  const name = 'ctc';
  checkOptionNames(name, options, ['maskIndex', 'fromLogits', 'zeroInfinity', 'perLabel']);
  const maskIndex = wholeNumber(name, 'maskIndex', options.maskIndex ?? 0);
  const fromLogits = flag(name, 'fromLogits', options.fromLogits ?? false);
  const zeroInfinity = flag(name, 'zeroInfinity', options.zeroInfinity ?? false);
  const perLabel = flag(name, 'perLabel', options.perLabel ?? false);
  return declareLoss({
    name,
    config: { maskIndex, fromLogits, zeroInfinity, perLabel },
    kernel: kernels.ctc_loss,
    logits: fromLogits ? null : { activation: 'softmax', kernel: kernels.ctc_loss },
    targetColumns: () => 1,
    check: (labels, samples, outputs) => checkLabels(labels, samples, outputs, maskIndex),
    sequence: {
      padding: maskIndex,
      takesProbabilities: !fromLogits,
      stepsNeeded: (label) => (zeroInfinity ? 0 : stepsFor(label, maskIndex)),
      record({
        emit,
        losses,
        gradient,
        prediction,
        target,
        mask,
        weights,
        scratch,
        T,
        B,
        O,
        L,
        scale,
        ...call
      }) {
        const places = [
          losses,
          gradient,
          prediction,
          target,
          mask,
          weights,
          scratch(ctcScratch(T, L)),
        ] as const;
        const logits = fromLogits || call.fromLogits ? 1 : 0;
        const options = [maskIndex, logits, zeroInfinity ? 1 : 0, perLabel ? 1 : 0] as const;
        emit(kernels.ctc_loss, ...places, T, B, B, O, L, scale, ...options);
      },
    },
  });
}
