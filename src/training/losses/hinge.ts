import { checkOptionNames } from '../../errors.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { declareLoss, type Loss } from './loss.js';
import { hingeTarget } from './targets.js';

/**
 * `mean(max(0, 1 − label·pred))`, labels −1 and 1. Labels 0 and 1 are read as −1 and 1; a target that
 * holds both −1 and 0 is at fault.
 */
export function hinge(options: Record<string, never> = {}): Loss {
  const name = 'hinge';
  checkOptionNames(name, options, []);
  return declareLoss({ name, kernel: kernels.hinge_loss, check: hingeTarget });
}
