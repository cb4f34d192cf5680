import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule } from './optimizer.js';
import { flag, fraction } from './option-checks.js';

/** Options of {@link sgd}. */
export interface SgdOptions extends OptimizerOptions {
  /** How much of the last step is repeated, 0 to 1. Default 0. */
  momentum?: number;
  /** Nesterov momentum. Default false. */
  nesterov?: boolean;
}

const rule: Rule<{ momentum: number; nesterov: boolean }> = {
  name: 'sgd',
  learningRate: 0.01,
  defaults: { momentum: 0, nesterov: false },
  checks: { momentum: fraction, nesterov: flag },
  slots: ({ momentum }) => (momentum === 0 ? [] : [{ name: 'momentum', initial: 0 }]),
  update({ momentum, nesterov }, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    if (momentum === 0) emit(kernels.sgd_update, p, g, hyper, n, weightDecay, clip);
    else {
      const velocity = slot('momentum');
      emit(
        kernels.sgd_momentum_update,
        p,
        g,
        velocity,
        hyper,
        n,
        momentum,
        nesterov ? 1 : 0,
        weightDecay,
        clip,
      );
    }
  },
};

/**
 * Gradient descent: p ← p − lr · g. With momentum m ← µ m − lr · g, p ← p + m; with `nesterov`
 * p ← p + µ m − lr · g. Default learning rate 0.01. As Keras 3's SGD.
 *
 * @throws ValueError, UnknownNameError
 */
export const sgd: (options?: SgdOptions) => Optimizer = factoryOf(rule);
