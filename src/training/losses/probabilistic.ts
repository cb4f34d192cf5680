import { checkOptionNames } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { declareLoss, type Loss } from './loss.js';
import { countTarget, probabilityTarget } from './targets.js';

/**
 * Kullback-Leibler divergence `sum(target · log(target / pred))`, both clipped to [1e-7, 1]. Where
 * clipping moves a prediction its gradient is 0.
 */
export function klDivergence(options: Record<string, never> = {}): Loss {
  const name = 'klDivergence';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.kl_divergence_loss, check: probabilityTarget });
}

/** `mean(pred − target · log(pred + 1e-7))`: predictions are rates, targets counts. */
export function poisson(options: Record<string, never> = {}): Loss {
  const name = 'poisson';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.poisson_loss, check: countTarget });
}
