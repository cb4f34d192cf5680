import type { ActivationName } from '../../../src/layers/activations.js';
import { erfc } from './erf.js';

/** An activation of one value and its derivative, both in f64 and as functions of x. */
export interface ElementActivation {
  readonly f: (x: number) => number;
  readonly slope: (x: number) => number;
}

/** Names of the activations that work element by element. */
export type ElementActivationName = Exclude<ActivationName, 'softmax' | 'logSoftmax'>;

const LEAKY_SLOPE = Math.fround(0.2);
const FIFTH = Math.fround(0.2);
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const normal = (x: number) => erfc(-x / Math.SQRT2) / 2;
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** x · p, where p → 0 faster than any x grows. */
const vanishing = (x: number, p: number) => (p === 0 ? 0 : x * p);

/** The activations as Keras 3 defines them; at a kink the slope is that of the left side. */
export const elementActivations: Record<ElementActivationName, ElementActivation> = {
  linear: { f: (x) => x, slope: () => 1 },
  relu: { f: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) },
  leakyRelu: { f: (x) => (x > 0 ? x : LEAKY_SLOPE * x), slope: (x) => (x > 0 ? 1 : LEAKY_SLOPE) },
  elu: { f: (x) => (x > 0 ? x : Math.expm1(x)), slope: (x) => (x > 0 ? 1 : Math.exp(x)) },
  selu: {
    f: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    slope: (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
  },
  gelu: {
    f: (x) => vanishing(x, normal(x)),
    slope: (x) => normal(x) + vanishing(x, density(x)),
  },
  tanh: { f: Math.tanh, slope: (x) => 1 / Math.cosh(x) ** 2 },
  sigmoid: { f: sigmoid, slope: (x) => sigmoid(x) * sigmoid(-x) },
  hardSigmoid: {
    f: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
    slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  },
  softplus: { f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), slope: sigmoid },
  softsign: {
    f: (x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))),
    slope: (x) => 1 / (1 + Math.abs(x)) ** 2,
  },
  silu: {
    f: (x) => vanishing(x, sigmoid(x)),
    slope: (x) => sigmoid(x) * (1 + vanishing(x, sigmoid(-x))),
  },
  exponential: { f: Math.exp, slope: Math.exp },
  hardSigmoid02: {
    f: (x) => Math.min(Math.max(FIFTH * x + 0.5, 0), 1),
    slope: (x) => (FIFTH * Math.abs(x) < 0.5 ? FIFTH : 0),
  },
};
