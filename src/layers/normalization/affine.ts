import { checkNumber } from '../../check.js';
import { ShapeError, ValueError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions, ParameterDeclaration } from '../layer.js';
import { flag } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { weightOptions } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';

/** Options of the scale gamma and the shift beta behind a normalisation. Names and defaults are Keras's. */
export interface AffineOptions extends BaseOptions {
  /** The axis of the features: −1, the last. */
  axis?: number;
  /** Added to the variance. Default 0.001. */
  epsilon?: number;
  /** False leaves beta out. Default true. */
  center?: boolean;
  /** False leaves gamma out. Default true. */
  scale?: boolean;
  /** Default 'zeros'. */
  betaInitializer?: InitializerLike;
  /** Default 'ones'. */
  gammaInitializer?: InitializerLike;
  /** Penalty on beta. Default none. */
  betaRegularizer?: RegularizerLike | null;
  /** Penalty on gamma. Default none. */
  gammaRegularizer?: RegularizerLike | null;
  /** Bound on beta. Default none. */
  betaConstraint?: ConstraintLike | null;
  /** Bound on gamma. Default none. */
  gammaConstraint?: ConstraintLike | null;
}

/** What a normalisation layer is made of. */
export interface AffineConfig {
  readonly epsilon: number;
  readonly gamma: WeightConfig | null;
  readonly beta: WeightConfig | null;
}

/** Names of {@link AffineOptions}. */
export const AFFINE_NAMES: readonly (keyof AffineOptions)[] = [
  'axis',
  'epsilon',
  'center',
  'scale',
  'betaInitializer',
  'gammaInitializer',
  'betaRegularizer',
  'gammaRegularizer',
  'betaConstraint',
  'gammaConstraint',
  'name',
  'trainable',
];

/** Throws unless the axis is the last. */
export function checkLastAxis(where: string, axis: unknown): void {
  if (axis !== undefined && axis !== -1) {
    throw new ValueError(`${where}: axis must be -1, the last one, got ${String(axis)}`);
  }
}

/** The options of a saved config: a weight that is null was left out. */
export function affineOptions(saved: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { gamma, beta, ...others } = saved;
  const weights = { ...(gamma !== null && { gamma }), ...(beta !== null && { beta }) };
  return { scale: gamma !== null, center: beta !== null, ...weightOptions({ ...others, ...weights }) };
}

/** Checks the options. */
export function affineConfig(where: string, options: AffineOptions): AffineConfig {
  checkLastAxis(where, options.axis);
  const gamma = weightConfig(`${where}: gamma`, {
    initializer: options.gammaInitializer ?? 'ones',
    regularizer: options.gammaRegularizer,
    constraint: options.gammaConstraint,
  });
  const beta = weightConfig(`${where}: beta`, {
    initializer: options.betaInitializer ?? 'zeros',
    regularizer: options.betaRegularizer,
    constraint: options.betaConstraint,
  });
  return {
    epsilon: checkNumber(where, 'epsilon', options.epsilon ?? 1e-3, { above: 0 }),
    gamma: flag(where, 'scale', options.scale ?? true) ? gamma : null,
    beta: flag(where, 'center', options.center ?? true) ? beta : null,
  };
}

/** Size of the last axis. @throws ShapeError when it is open */
export function featuresOf(shape: OpenShape, name: string): number {
  const size = shape[shape.length - 1];
  if (shape.length === 0 || size === null) {
    throw new ShapeError(
      `${name}: input has shape ${formatShape([null, ...shape])}, expected a last axis of known size`,
    );
  }
  return size;
}

/** Declares gamma and beta, where there are any. */
export function affineParameters({ gamma, beta }: AffineConfig, features: number): ParameterDeclaration[] {
  return [
    ...(gamma === null ? [] : [declareWeight('gamma', [features], gamma)]),
    ...(beta === null ? [] : [declareWeight('beta', [features], beta)]),
  ];
}
