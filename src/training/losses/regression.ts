import { checkOptionNames } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { declareLoss, type Loss } from './loss.js';
import { positive } from './options.js';
import { anyTarget } from './targets.js';

/** `mean((pred − target)²)` over the outputs. */
export function meanSquaredError(options: Record<string, never> = {}): Loss {
  const name = 'meanSquaredError';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.mean_squared_error_loss, check: anyTarget });
}

/** `mean(|pred − target|)` over the outputs; the gradient at equality is 0. */
export function meanAbsoluteError(options: Record<string, never> = {}): Loss {
  const name = 'meanAbsoluteError';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.mean_absolute_error_loss, check: anyTarget });
}

/** Options of {@link huber}. */
export interface HuberOptions {
  /** Error at which the loss turns from quadratic to linear, above 0. Default 1. */
  delta?: number;
}

/** `mean(h(pred − target))`, with `h(e) = e²/2` up to `delta` and `delta·|e| − delta²/2` beyond. */
export function huber(options: HuberOptions = {}): Loss {
  const name = 'huber';
  checkOptionNames(name, options, ['delta']);
  const delta = positive(name, 'delta', options.delta ?? 1);
  return declareLoss({
    name,
    config: { delta },
    kernel: kernels.huber_loss,
    params: [delta],
    check: anyTarget,
  });
}

/** `mean(log(cosh(pred − target)))`: close to half the squared error near 0, to the absolute far off. */
export function logCosh(options: Record<string, never> = {}): Loss {
  const name = 'logCosh';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.log_cosh_loss, check: anyTarget });
}

/**
 * Minus the cosine of the angle between prediction and target: −1 where they point the same way.
 * Norms below 1e-7 count as 1e-7, so a zero vector gives 0.
 */
export function cosineSimilarity(options: Record<string, never> = {}): Loss {
  const name = 'cosineSimilarity';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.cosine_similarity_loss, check: anyTarget });
}
