import type { ActivationName } from '../../../layers/activations.js';
import type { NodeUse } from '../node.js';
import type { GeneralActivation } from './general-activations.js';

/** One of our activations on a scaled and shifted argument: act(scale·x + shift). */
export interface CellActivation {
  readonly name: ActivationName;
  readonly scale: number;
  readonly shift: number;
}

interface Known {
  /** Default alpha and beta; those without have no such parameter. */
  readonly alpha?: number;
  readonly beta?: number;
  ours(alpha: number, beta: number): CellActivation | undefined;
}

const plain = (name: ActivationName): Known => ({ ours: () => ({ name, scale: 1, shift: 0 }) });

/** `exact` where a number is that but for the rounding to a float in the file. */
const near = (value: number, exact: number): number => (Math.abs(value - exact) < 1e-7 ? exact : value);

const only = (name: ActivationName, alpha: number, expected: number): CellActivation | undefined =>
  Math.fround(alpha) === Math.fround(expected) ? { name, scale: 1, shift: 0 } : undefined;

/** ONNX's activations of recurrent operators, in lower case. */
const KNOWN: Readonly<Record<string, Known>> = {
  tanh: plain('tanh'),
  sigmoid: plain('sigmoid'),
  relu: plain('relu'),
  softsign: plain('softsign'),
  softplus: plain('softplus'),
  affine: { alpha: 1, beta: 0, ours: (alpha, beta) => ({ name: 'linear', scale: alpha, shift: beta }) },
  // max(0, min(1, alpha·x + beta)), where ours is max(0, min(1, x / 6 + ½))
  hardsigmoid: {
    alpha: 0.2,
    beta: 0.5,
    ours: (alpha, beta) =>
      Math.fround(alpha) === Math.fround(0.2) && beta === 0.5
        ? { name: 'hardSigmoid02', scale: 1, shift: 0 }
        : { name: 'hardSigmoid', scale: near(6 * alpha, 1), shift: 6 * (beta - 0.5) },
  },
  leakyrelu: { alpha: 0.01, ours: (alpha) => only('leakyRelu', alpha, 0.2) },
  elu: { alpha: 1, ours: (alpha) => only('elu', alpha, 1) },
  thresholdedrelu: { alpha: 1, ours: (alpha) => only('relu', alpha, 0) },
  // alpha·tanh(beta·x)
  scaledtanh: {
    alpha: 1,
    beta: 1,
    ours: (alpha, beta) => (alpha === 1 ? { name: 'tanh', scale: beta, shift: 0 } : undefined),
  },
};

/** An activation of ONNX as one of our cells', or undefined. */
export function plainActivation({ name, alpha, beta }: GeneralActivation): CellActivation | undefined {
  const ours = KNOWN[name].ours(alpha, beta);
  return ours !== undefined && Number.isFinite(ours.scale) && Number.isFinite(ours.shift) ? ours : undefined;
}

/**
 * The activations of a recurrent node, one list for each direction. alpha and beta go to those that have them,
 * in order.
 *
 * @param defaults of one direction, f first
 * @throws FormatError for one that ONNX does not have
 */
export function cellActivations(
  node: NodeUse,
  directions: number,
  defaults: readonly string[],
): GeneralActivation[][] {
  const count = directions * defaults.length;
  const names = node.texts('activations') ?? Array.from({ length: directions }, () => defaults).flat();
  if (names.length !== count) node.refuse(`has ${names.length} activations, expected ${count}`);
  const alphas = [...(node.floats('activation_alpha') ?? [])];
  const betas = [...(node.floats('activation_beta') ?? [])];
  const all = names.map((given): GeneralActivation => {
    const name = given.toLowerCase();
    const known = Object.hasOwn(KNOWN, name)
      ? KNOWN[name]
      : node.refuse(`activation '${given}' is none that ONNX has`);
    const alpha = known.alpha === undefined ? 0 : (alphas.shift() ?? known.alpha);
    const beta = known.beta === undefined ? 0 : (betas.shift() ?? known.beta);
    if (Number.isFinite(alpha) && Number.isFinite(beta)) return { name, alpha, beta };
    return node.refuse(`activation '${given}' has alpha ${alpha} and beta ${beta}`);
  });
  return Array.from({ length: directions }, (_, d) =>
    all.slice(d * defaults.length, (d + 1) * defaults.length),
  );
}
