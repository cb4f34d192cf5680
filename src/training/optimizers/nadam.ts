import { powInteger } from '../../numeric/pow.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule } from './optimizer.js';
import { decayRate, epsilon } from './option-checks.js';

/** Options of {@link nadam}. */
export interface NadamOptions extends OptimizerOptions {
  /** Decay of the gradient's running mean, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the squared gradient's running mean, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Keeps the divisor from 0. Default 1e-7. */
  epsilon?: number;
}

/** µₜ of Dozat's schedule of the momentum. */
function momentumAt(beta1: number, t: number): number {
  return beta1 * (1 - 0.5 * powInteger(0.96, t));
}

const rule: Rule<{ beta1: number; beta2: number; epsilon: number }> = {
  name: 'nadam',
  learningRate: 0.001,
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  checks: { beta1: decayRate, beta2: decayRate, epsilon },
  slots: () => [
    { name: 'momentum', initial: 0 },
    { name: 'velocity', initial: 0 },
  ],
  state: { momentumProduct: 1 },
  step({ beta1, beta2 }, rate, t, state, values) {
    const now = momentumAt(beta1, t);
    const next = momentumAt(beta1, t + 1);
    state.momentumProduct *= now;
    values[0] = (rate * next) / (1 - state.momentumProduct * next);
    values[1] = (rate * (1 - now)) / (1 - state.momentumProduct);
    values[2] = 1 / (1 - powInteger(beta2, t));
  },
  update(o, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    const [m, v] = [slot('momentum'), slot('velocity')];
    emit(kernels.nadam_update, p, g, m, v, hyper, n, 1 - o.beta1, 1 - o.beta2, o.epsilon, weightDecay, clip);
  },
};

/**
 * Adam with Nesterov momentum: with µₜ = β₁ (1 − 0.96ᵗ / 2) and Pₜ = µ₁ ⋯ µₜ,
 * p ← p − lr (µₜ₊₁ m / (1 − Pₜ₊₁) + (1 − µₜ) g / (1 − Pₜ)) / (√(v / (1 − β₂ᵗ)) + ε). Default learning rate
 * 0.001. As Keras 3's Nadam.
 *
 * @throws ValueError, UnknownNameError
 */
export const nadam: (options?: NadamOptions) => Optimizer = factoryOf(rule);
