import { checkWord } from '../check.js';

/** Activations by Keras's names, with the codes of assembly/math/activation.ts. */
export const ACTIVATIONS = {
  linear: 0,
  relu: 1,
  leakyRelu: 2,
  elu: 3,
  selu: 4,
  gelu: 5,
  tanh: 6,
  sigmoid: 7,
  hardSigmoid: 8,
  softplus: 9,
  softsign: 10,
  silu: 11,
  exponential: 12,
  softmax: 13,
  logSoftmax: 14,
  hardSigmoid02: 15,
} as const;

/**
 * Name of an activation, as layers take it: Keras's. y = f(x), element by element:
 *
 * | name | f(x) |
 * |---|---|
 * | linear | x |
 * | relu | max(x, 0) |
 * | leakyRelu | x for x > 0, else 0.2 x |
 * | elu | x for x > 0, else eˣ − 1 |
 * | selu | 1.0507 x for x > 0, else 1.0507 · 1.6733 (eˣ − 1) |
 * | gelu | x Φ(x) = ½ x (1 + erf(x / √2)), the exact form |
 * | tanh | (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) |
 * | sigmoid | 1 / (1 + e⁻ˣ) |
 * | hardSigmoid | x / 6 + ½, held between 0 and 1 (Keras 3) |
 * | hardSigmoid02 | 0.2 x + ½, held between 0 and 1: what Keras 2 and tfjs call hard_sigmoid |
 * | softplus | ln(1 + eˣ) |
 * | softsign | x / (1 + abs x) |
 * | silu | x / (1 + e⁻ˣ) |
 * | exponential | eˣ |
 *
 * and over the last axis:
 *
 * | name | f(x)ⱼ |
 * |---|---|
 * | softmax | e^xⱼ / Σₖ e^xₖ |
 * | logSoftmax | xⱼ − ln Σₖ e^xₖ |
 */
export type ActivationName = keyof typeof ACTIVATIONS;

/** Every activation, in the order of the codes. */
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationName[];

/** Whether the activation runs over the last axis as a whole and not element by element. */
export function isRowActivation(name: ActivationName): boolean {
  return name === 'softmax' || name === 'logSoftmax';
}

/** Whether f′ needs x: silu and gelu take the same value at two points, so that y does not determine it. */
export function activationNeedsInput(name: ActivationName): boolean {
  return name === 'gelu' || name === 'silu';
}

/** Whether a recurrent cell may use it: element by element, with f′ a function of y = f(x). */
export function isCellActivation(name: ActivationName): boolean {
  return !activationNeedsInput(name) && !isRowActivation(name);
}

/** Activations that a recurrent cell may use. */
export const CELL_ACTIVATION_NAMES = ACTIVATION_NAMES.filter(isCellActivation);

/**
 * Reads a layer's option; null and undefined mean linear, as in Keras.
 *
 * @param where the layer, as errors name it
 * @param option 'activation' or 'recurrentActivation'
 * @param known the names that this layer takes
 * @throws UnknownNameError; ValueError when it is no name
 */
export function activationFrom(
  where: string,
  option: string,
  spec: unknown,
  known: readonly ActivationName[] = ACTIVATION_NAMES,
): ActivationName {
  if (spec === null || spec === undefined) return 'linear';
  return checkWord(where, option, spec, known);
}
