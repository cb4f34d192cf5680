import { checkOptionNames } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { declareLoss, type Loss } from './loss.js';
import { classTarget } from './targets.js';

/** The loss of a model whose last layer is an `adaptiveSoftmax`: `−ln p(class)`. Targets are class ids. */
export function adaptiveSoftmaxLoss(options: Record<string, never> = {}): Loss {
  const name = 'adaptiveSoftmax';
  checkOptionNames(name, options, []);
  const check = classTarget(null);
  return declareLoss({ name, kernel: kernels.weighted_sum, own: true, targetColumns: () => 1, check });
}

/**
 * The loss of a model whose last layer is a `sampledSoftmax`: in training over the class of the target and those
 * drawn, elsewhere over all. Targets are class ids.
 */
export function sampledSoftmaxLoss(options: Record<string, never> = {}): Loss {
  const name = 'sampledSoftmax';
  checkOptionNames(name, options, []);
  const check = classTarget(null);
  return declareLoss({ name, kernel: kernels.weighted_sum, own: true, targetColumns: () => 1, check });
}

/**
 * The loss of a model whose last layer is a `crf`: `−ln p(tags)`, summed over the steps of a sample that count, and
 * the mean over samples. Targets are a tag for each step.
 */
export function crfLoss(options: Record<string, never> = {}): Loss {
  const name = 'crf';
  checkOptionNames(name, options, []);
  return declareLoss({
    name,
    kernel: kernels.weighted_sum,
    own: true,
    targetColumns: () => 1,
    check: classTarget(null),
    sequence: { padding: null, takesProbabilities: false, stepsNeeded: () => 0, record: () => {} },
  });
}
