import { checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { type ActivationName, activationFrom } from '../activations.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions } from '../layer.js';
import { dropRate, flag, positiveInteger } from '../options.js';
import { type WeightConfig, weightConfig } from '../weight.js';

/** Options of both kinds of blocks. Names and defaults are Keras's (keras-hub). */
export interface TransformerBlockOptions extends BaseOptions {
  /** Units of the first of the two dense layers. */
  intermediateDim: number;
  /** Heads of attention; they divide the features of the input. */
  numHeads: number;
  /** Share dropped in training: of probabilities, and of what attention and the dense layers add. Default 0. */
  dropout?: number;
  /** Behind the first dense layer. Default 'relu'. */
  activation?: ActivationName;
  /** Added to variances. Default 1e-5. */
  layerNormEpsilon?: number;
  /** Of all kernels. Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Of all biases. Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** True normalises what goes into attention and dense layers, false what comes out of the sums. Default false. */
  normalizeFirst?: boolean;
}

/** The options of a block, complete. */
export interface BlockConfig {
  readonly intermediateDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly activation: ActivationName;
  readonly layerNormEpsilon: number;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
  readonly normalizeFirst: boolean;
}

/** Names of {@link TransformerBlockOptions}. */
const NAMES: readonly (keyof TransformerBlockOptions)[] = [
  'intermediateDim',
  'numHeads',
  'dropout',
  'activation',
  'layerNormEpsilon',
  'kernelInitializer',
  'biasInitializer',
  'normalizeFirst',
  'name',
  'trainable',
];

/** The options checked and made plain data. @throws ValueError, UnknownNameError */
export function blockConfig(
  where: string,
  options: TransformerBlockOptions,
  more: readonly string[],
): BlockConfig {
  checkOptionNames(where, options, [...NAMES, ...more]);
  const weight = (name: string, initializer: InitializerLike): WeightConfig =>
    weightConfig(`${where}: ${name}`, { initializer });
  return {
    intermediateDim: positiveInteger(where, 'intermediateDim', options.intermediateDim),
    numHeads: positiveInteger(where, 'numHeads', options.numHeads),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    activation: activationFrom(where, 'activation', options.activation ?? 'relu'),
    layerNormEpsilon: checkNumber(where, 'layerNormEpsilon', options.layerNormEpsilon ?? 1e-5, { above: 0 }),
    kernel: weight('kernel', options.kernelInitializer ?? 'glorotUniform'),
    bias: weight('bias', options.biasInitializer ?? 'zeros'),
    normalizeFirst: flag(where, 'normalizeFirst', options.normalizeFirst ?? false),
  };
}
