import { describeValue } from '../../describe.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { type ActivationName, activationFrom } from '../activations.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions } from '../layer.js';
import { flag, oneOf, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { type WeightConfig, weightConfig } from '../weight.js';
import type { Padding, Sliding } from './geometry.js';

/** A size along time: a number, or a list of one as Keras also takes it. */
export type Size = number | readonly [number];

/** The bias and what follows it: options of every convolution. */
export interface OutputOptions extends BaseOptions {
  /** Activation of the output. Default 'linear'. */
  activation?: ActivationName;
  /** False leaves the bias out. Default true. */
  useBias?: boolean;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Penalty on the bias. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Bound on the bias. Default none. */
  biasConstraint?: ConstraintLike | null;
}

/** How the window moves: options of every convolution. */
export interface SlidingOptions {
  /** Taps of the kernel. */
  kernelSize: Size;
  /** Steps from one window to the next. Default 1. */
  strides?: Size;
  /** Steps from one tap to the next. Default 1; more than 1 only without strides. */
  dilationRate?: Size;
}

/** Options of a kernel. */
export interface KernelOptions {
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Penalty on the kernel. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Bound on the kernel. Default none. */
  kernelConstraint?: ConstraintLike | null;
}

/** Options of taps that each channel has for itself. */
export interface DepthwiseOptions {
  /** Channels made of each. Default 1. */
  depthMultiplier?: number;
  /** Default 'glorotUniform'. */
  depthwiseInitializer?: InitializerLike;
  /** Penalty on the depthwise kernel. Default none. */
  depthwiseRegularizer?: RegularizerLike | null;
  /** Bound on the depthwise kernel. Default none. */
  depthwiseConstraint?: ConstraintLike | null;
}

/** The bias and activation, complete. */
export interface OutputConfig {
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly bias: WeightConfig;
}

const OUTPUT_NAMES = [
  'activation',
  'useBias',
  'biasInitializer',
  'biasRegularizer',
  'biasConstraint',
  'name',
  'trainable',
] as const;
const SLIDING_NAMES = ['kernelSize', 'strides', 'dilationRate', 'padding'] as const;

/** Names of the options of one weight: kernelInitializer and so on. */
export const weightNames = (stem: string): string[] =>
  ['Initializer', 'Regularizer', 'Constraint'].map((part) => `${stem}${part}`);

/** Refuses options that a convolution does not know. */
export function checkNames(where: string, options: object, further: readonly string[]): void {
  checkOptionNames(where, options, [...SLIDING_NAMES, ...OUTPUT_NAMES, ...further]);
}

/** A whole number of at least 1, or a list of one. @throws ValueError */
export function sizeFrom(where: string, name: string, value: unknown): number {
  if (Array.isArray(value) && value.length !== 1) {
    throw new ValueError(`${where}: ${name} must be one whole number, got ${describeValue(value)}`);
  }
  return positiveInteger(where, name, Array.isArray(value) ? value[0] : value);
}

/** Checks how a window moves. @throws ValueError for strides and dilation together, which Keras refuses too */
export function slidingFrom(
  where: string,
  options: SlidingOptions & { padding?: Padding },
  paddings: readonly Padding[],
): Sliding {
  const window: Sliding = {
    kernelSize: sizeFrom(where, 'kernelSize', options.kernelSize),
    strides: sizeFrom(where, 'strides', options.strides ?? 1),
    padding: oneOf(where, 'padding', options.padding ?? 'valid', paddings),
    dilationRate: sizeFrom(where, 'dilationRate', options.dilationRate ?? 1),
  };
  if (window.strides > 1 && window.dilationRate > 1) {
    throw new ValueError(
      `${where}: strides and dilationRate cannot both be more than 1, got ${window.strides} and ${window.dilationRate}`,
    );
  }
  return window;
}

/** Checks bias and activation. */
export function outputFrom(where: string, options: OutputOptions): OutputConfig {
  return {
    activation: activationFrom(where, 'activation', options.activation),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    bias: weightConfig(`${where}: bias`, {
      initializer: options.biasInitializer ?? 'zeros',
      regularizer: options.biasRegularizer,
      constraint: options.biasConstraint,
    }),
  };
}

/** Checks the options of a kernel. */
export function kernelFrom(where: string, options: KernelOptions): WeightConfig {
  return weightConfig(`${where}: kernel`, {
    initializer: options.kernelInitializer ?? 'glorotUniform',
    regularizer: options.kernelRegularizer,
    constraint: options.kernelConstraint,
  });
}
