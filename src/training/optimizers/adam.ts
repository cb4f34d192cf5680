import { powInteger } from '../../numeric/pow.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule } from './optimizer.js';
import { decayRate, epsilon, flag } from './option-checks.js';

/** Options of {@link adam} and {@link adamW}. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the gradient's running mean, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the squared gradient's running mean, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Keeps the divisor from 0. Default 1e-7. */
  epsilon?: number;
  /** AMSGrad: divides by the largest running mean so far. Default false. */
  amsgrad?: boolean;
}

const rule: Rule<{ beta1: number; beta2: number; epsilon: number; amsgrad: boolean }> = {
  name: 'adam',
  learningRate: 0.001,
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false },
  checks: { beta1: decayRate, beta2: decayRate, epsilon, amsgrad: flag },
  slots: ({ amsgrad }) => [
    { name: 'momentum', initial: 0 },
    { name: 'velocity', initial: 0 },
    ...(amsgrad ? [{ name: 'velocityHat', initial: 0 }] : []),
  ],
  step({ beta1, beta2 }, rate, t, _state, values) {
    values[0] = (rate * Math.sqrt(1 - powInteger(beta2, t))) / (1 - powInteger(beta1, t));
  },
  update(o, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    const [m, v, top] = [slot('momentum'), slot('velocity'), slot('velocityHat')];
    const [rate1, rate2] = [1 - o.beta1, 1 - o.beta2];
    emit(kernels.adam_update, p, g, m, v, top, hyper, n, rate1, rate2, o.epsilon, weightDecay, clip);
  },
};

/**
 * Adam: m and v are running means of g and g²; p ← p − α m / (√v + ε), α = lr √(1 − β₂ᵗ) / (1 − β₁ᵗ).
 * Default learning rate 0.001. As Keras 3's Adam: ε stands where Kingma & Ba write "epsilon hat".
 *
 * @throws ValueError, UnknownNameError
 */
export const adam: (options?: AdamOptions) => Optimizer = factoryOf(rule);

/**
 * {@link adam} with decoupled weight decay, 0.004 by default. As Keras 3's AdamW.
 *
 * @throws ValueError, UnknownNameError
 */
export const adamW: (options?: AdamOptions) => Optimizer = factoryOf({
  ...rule,
  name: 'adamW',
  weightDecay: 0.004,
});
