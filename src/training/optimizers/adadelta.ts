import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule } from './optimizer.js';
import { decayRate, epsilon } from './option-checks.js';

/** Options of {@link adadelta}. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the running means, in [0, 1). Default 0.95. */
  rho?: number;
  /** Keeps the roots from 0. Default 1e-7. */
  epsilon?: number;
}

const rule: Rule<{ rho: number; epsilon: number }> = {
  name: 'adadelta',
  learningRate: 0.001,
  defaults: { rho: 0.95, epsilon: 1e-7 },
  checks: { rho: decayRate, epsilon },
  slots: () => [
    { name: 'accumulatedGradient', initial: 0 },
    { name: 'accumulatedDelta', initial: 0 },
  ],
  update(o, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    const [a, d] = [slot('accumulatedGradient'), slot('accumulatedDelta')];
    emit(kernels.adadelta_update, p, g, a, d, hyper, n, o.rho, 1 - o.rho, o.epsilon, weightDecay, clip);
  },
};

/**
 * Adadelta: a and d are running means of g² and δ²; δ = √(d + ε) · g / √(a + ε), p ← p − lr · δ. Default
 * learning rate 0.001 (Zeiler's paper has 1). As Keras 3's Adadelta.
 *
 * @throws ValueError, UnknownNameError
 */
export const adadelta: (options?: AdadeltaOptions) => Optimizer = factoryOf(rule);
