import { checkOptionNames } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { declareLoss, type Loss } from './loss.js';
import { flag, fraction, optionalInteger } from './options.js';
import { classTarget, probabilityTarget } from './targets.js';

/** Options of {@link binaryCrossentropy} and {@link categoricalCrossentropy}. */
export interface CrossentropyOptions {
  /** Whether predictions are logits rather than probabilities. Default false. */
  fromLogits?: boolean;
  /** Share of each target that is spread evenly over the classes, in [0, 1]. Default 0. */
  labelSmoothing?: number;
}

/** Options of {@link sparseCategoricalCrossentropy}. */
export interface SparseCrossentropyOptions {
  /** Whether predictions are logits rather than probabilities. Default false. */
  fromLogits?: boolean;
  /** Class id whose rows have no loss, no gradient, and no part in the mean. Default none. */
  ignoreClass?: number | null;
}

function crossentropyConfig(name: string, options: CrossentropyOptions) {
  checkOptionNames(name, options, ['fromLogits', 'labelSmoothing']);
  return {
    fromLogits: flag(name, 'fromLogits', options.fromLogits ?? false),
    labelSmoothing: fraction(name, 'labelSmoothing', options.labelSmoothing ?? 0),
  };
}

/**
 * `mean(−t·log(p) − (1 − t)·log(1 − p))` over outputs that are each a yes or a no, targets in [0, 1].
 * Where the last layer is a `dense` or `activation` with 'sigmoid', the loss is computed from what the sigmoid is
 * applied to, without overflow or clipping: a unit that is certain and wrong still learns. So it is with `fromLogits`,
 * `p = sigmoid(pred)`. Else probabilities are clipped to [1e-7, 1 − 1e-7], and have gradient 0 where clipping moves
 * them.
 */
export function binaryCrossentropy(options: CrossentropyOptions = {}): Loss {
  const name = 'binaryCrossentropy';
  const config = crossentropyConfig(name, options);
  return declareLoss({
    name,
    config,
    kernel: config.fromLogits ? kernels.binary_crossentropy_logits_loss : kernels.binary_crossentropy_loss,
    logits: config.fromLogits
      ? null
      : { activation: 'sigmoid', kernel: kernels.binary_crossentropy_logits_loss },
    params: [config.labelSmoothing],
    check: probabilityTarget,
  });
}

/**
 * `−sum(t·log(p))` over the classes, targets one-hot or probabilities.
 * Where the last layer is a `dense` or `activation` with 'softmax', the loss is computed from what the softmax is
 * applied to, by log-sum-exp without clipping; so it is with `fromLogits`, `p = softmax(pred)`. Else probabilities are
 * divided by their sum, then clipped to [1e-7, 1 − 1e-7]; where clipping moves one, no gradient passes.
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  const name = 'categoricalCrossentropy';
  const config = crossentropyConfig(name, options);
  return declareLoss({
    name,
    config,
    kernel: config.fromLogits
      ? kernels.categorical_crossentropy_logits_loss
      : kernels.categorical_crossentropy_loss,
    logits: config.fromLogits
      ? null
      : { activation: 'softmax', kernel: kernels.categorical_crossentropy_logits_loss },
    params: [config.labelSmoothing],
    check: probabilityTarget,
  });
}

/** {@link categoricalCrossentropy} with class ids, one a row, for targets. */
export function sparseCategoricalCrossentropy(options: SparseCrossentropyOptions = {}): Loss {
  const name = 'sparseCategoricalCrossentropy';
  checkOptionNames(name, options, ['fromLogits', 'ignoreClass']);
  const fromLogits = flag(name, 'fromLogits', options.fromLogits ?? false);
  const ignoreClass = optionalInteger(name, 'ignoreClass', options.ignoreClass ?? null);
  return declareLoss({
    name,
    config: { fromLogits, ignoreClass },
    kernel: fromLogits
      ? kernels.sparse_categorical_crossentropy_logits_loss
      : kernels.sparse_categorical_crossentropy_loss,
    logits: fromLogits
      ? null
      : { activation: 'softmax', kernel: kernels.sparse_categorical_crossentropy_logits_loss },
    params: [ignoreClass ?? Number.NaN],
    ignoreClass,
    targetColumns: () => 1,
    check: classTarget(ignoreClass),
  });
}
