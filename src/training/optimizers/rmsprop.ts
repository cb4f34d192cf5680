import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule, type Slot } from './optimizer.js';
import { decayRate, epsilon, flag, fraction } from './option-checks.js';

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the running means, in [0, 1). Default 0.9. */
  rho?: number;
  /** How much of the last step is repeated, 0 to 1. Default 0. */
  momentum?: number;
  /** Keeps the divisor from 0. Default 1e-7. */
  epsilon?: number;
  /** Divides by the variance of the gradient, not by its mean square. Default false. */
  centered?: boolean;
}

const rule: Rule<{ rho: number; momentum: number; epsilon: number; centered: boolean }> = {
  name: 'rmsprop',
  learningRate: 0.001,
  defaults: { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
  checks: { rho: decayRate, momentum: fraction, epsilon, centered: flag },
  slots({ momentum, centered }) {
    const slots: Slot[] = [{ name: 'velocity', initial: 0 }];
    if (momentum > 0) slots.push({ name: 'momentum', initial: 0 });
    if (centered) slots.push({ name: 'averageGradient', initial: 0 });
    return slots;
  },
  update(o, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    const [v, m, a] = [slot('velocity'), slot('momentum'), slot('averageGradient')];
    const scalars = [o.rho, 1 - o.rho, o.momentum, o.epsilon, weightDecay, clip] as const;
    emit(kernels.rmsprop_update, p, g, v, m, a, hyper, n, ...scalars);
  },
};

/**
 * RMSprop: v is a running mean of g²; s = lr · g / √(v + ε), p ← p − s. `centered` takes the square of g's
 * running mean from v; with momentum m ← µ m + s, p ← p − m. Default learning rate 0.001. As Keras 3's
 * RMSprop.
 *
 * @throws ValueError, UnknownNameError
 */
export const rmsprop: (options?: RmspropOptions) => Optimizer = factoryOf(rule);
