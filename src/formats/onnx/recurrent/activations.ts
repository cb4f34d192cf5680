import { type ActivationName, CELL_ACTIVATION_NAMES } from '../../../layers/activations.js';
import type { NodeUse } from '../node.js';

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
    ours: (alpha, beta) => ({ name: 'hardSigmoid', scale: 6 * alpha, shift: 6 * (beta - 0.5) }),
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

/**
 * The activations of a recurrent node, one list for each direction. alpha and beta go to those that have them,
 * in order.
 *
 * @param defaults of one direction, f first
 * @throws FormatError for one that our cells do not have
 */
export function cellActivations(
  node: NodeUse,
  directions: number,
  defaults: readonly string[],
): CellActivation[][] {
  const count = directions * defaults.length;
  const names = node.texts('activations') ?? Array.from({ length: directions }, () => defaults).flat();
  if (names.length !== count) node.refuse(`has ${names.length} activations, expected ${count}`);
  const alphas = [...(node.floats('activation_alpha') ?? [])];
  const betas = [...(node.floats('activation_beta') ?? [])];
  const all = names.map((name) => {
    const key = name.toLowerCase();
    const known = Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
    const alpha = known?.alpha === undefined ? 0 : (alphas.shift() ?? known.alpha);
    const beta = known?.beta === undefined ? 0 : (betas.shift() ?? known.beta);
    const ours = known?.ours(alpha, beta);
    if (ours !== undefined && Number.isFinite(ours.scale) && Number.isFinite(ours.shift)) return ours;
    const numbers = known?.alpha === undefined ? '' : ` with alpha ${alpha} and beta ${beta}`;
    return node.refuse(
      `activation '${name}'${numbers} is none that recurrent layers have; they have ${CELL_ACTIVATION_NAMES.join(', ')}`,
    );
  });
  return Array.from({ length: directions }, (_, d) =>
    all.slice(d * defaults.length, (d + 1) * defaults.length),
  );
}
