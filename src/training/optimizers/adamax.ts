import { powInteger } from '../../numeric/pow.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule } from './optimizer.js';
import { decayRate, epsilon } from './option-checks.js';

/** Options of {@link adamax}. */
export interface AdamaxOptions extends OptimizerOptions {
  /** Decay of the gradient's running mean, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the running maximum, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Keeps the divisor from 0. Default 1e-7. */
  epsilon?: number;
}

const rule: Rule<{ beta1: number; beta2: number; epsilon: number }> = {
  name: 'adamax',
  learningRate: 0.001,
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  checks: { beta1: decayRate, beta2: decayRate, epsilon },
  slots: () => [
    { name: 'momentum', initial: 0 },
    { name: 'norm', initial: 0 },
  ],
  step({ beta1 }, rate, t, _state, values) {
    values[0] = rate / (1 - powInteger(beta1, t));
  },
  update(o, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    const [m, u] = [slot('momentum'), slot('norm')];
    emit(kernels.adamax_update, p, g, m, u, hyper, n, 1 - o.beta1, o.beta2, o.epsilon, weightDecay, clip);
  },
};

/**
 * Adamax: m is a running mean of g, u ← max(β₂ u, |g|); p ← p − lr / (1 − β₁ᵗ) · m / (u + ε). Default
 * learning rate 0.001. As Keras 3's Adamax.
 *
 * @throws ValueError, UnknownNameError
 */
export const adamax: (options?: AdamaxOptions) => Optimizer = factoryOf(rule);
