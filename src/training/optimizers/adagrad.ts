import * as kernels from '../../wasm/generated/kernels.js';
import { factoryOf, type Optimizer, type OptimizerOptions, type Rule } from './optimizer.js';
import { epsilon, notNegative } from './option-checks.js';

/** Options of {@link adagrad}. */
export interface AdagradOptions extends OptimizerOptions {
  /** What the sums of squares start from, at least 0. Default 0.1. */
  initialAccumulatorValue?: number;
  /** Keeps the divisor from 0. Default 1e-7. */
  epsilon?: number;
}

const rule: Rule<{ initialAccumulatorValue: number; epsilon: number }> = {
  name: 'adagrad',
  learningRate: 0.001,
  defaults: { initialAccumulatorValue: 0.1, epsilon: 1e-7 },
  checks: { initialAccumulatorValue: notNegative, epsilon },
  slots: ({ initialAccumulatorValue }) => [{ name: 'accumulator', initial: initialAccumulatorValue }],
  update(o, { emit, region, slot, weightDecay, clip }) {
    const { p, g, hyper, n } = region;
    emit(kernels.adagrad_update, p, g, slot('accumulator'), hyper, n, o.epsilon, weightDecay, clip);
  },
};

/**
 * Adagrad: a ← a + g², p ← p − lr · g / √(a + ε). Default learning rate 0.001. As Keras 3's Adagrad.
 *
 * @throws ValueError, UnknownNameError
 */
export const adagrad: (options?: AdagradOptions) => Optimizer = factoryOf(rule);
