import { checkOptionNames } from '../../errors.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions } from '../layer.js';
import { dropRate, flag, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { type WeightConfig, weightConfig } from '../weight.js';

/** Options of {@link multiHeadAttention}. Names and defaults are Keras's. */
export interface MultiHeadAttentionOptions extends BaseOptions {
  /** Number N of heads. */
  numHeads: number;
  /** Size D of queries and keys in each head. */
  keyDim: number;
  /** Size E of values in each head. Default keyDim. */
  valueDim?: number | null;
  /** Share of probabilities set to zero in training. Default 0. */
  dropout?: number;
  /** False leaves the four biases out. Default true. */
  useBias?: boolean;
  /** True lets step t see steps 0 to t only. In Keras an argument of the call. Default false. */
  useCausalMask?: boolean;
  /** Of the four kernels. Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
  /** Of the four biases. Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** Penalty on the kernels. Default none. */
  kernelRegularizer?: RegularizerLike | null;
  /** Penalty on the biases. Default none. */
  biasRegularizer?: RegularizerLike | null;
  /** Bound on the kernels, applied after each update. Default none. */
  kernelConstraint?: ConstraintLike | null;
  /** Bound on the biases. Default none. */
  biasConstraint?: ConstraintLike | null;
}

/** The options of a layer, complete. */
export interface MultiHeadAttentionConfig {
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly dropout: number;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;
  readonly kernel: WeightConfig;
  readonly bias: WeightConfig;
}

const NAMES: readonly (keyof MultiHeadAttentionOptions)[] = [
  'numHeads',
  'keyDim',
  'valueDim',
  'dropout',
  'useBias',
  'useCausalMask',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'biasConstraint',
  'name',
  'trainable',
];

/** The options checked and made plain data. @throws ValueError, UnknownNameError */
export function attentionConfig(where: string, options: MultiHeadAttentionOptions): MultiHeadAttentionConfig {
  checkOptionNames(where, options, NAMES);
  const keyDim = positiveInteger(where, 'keyDim', options.keyDim);
  return {
    numHeads: positiveInteger(where, 'numHeads', options.numHeads),
    keyDim,
    valueDim: positiveInteger(where, 'valueDim', options.valueDim ?? keyDim),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    useCausalMask: flag(where, 'useCausalMask', options.useCausalMask ?? false),
    kernel: weightConfig(`${where}: kernel`, {
      initializer: options.kernelInitializer ?? 'glorotUniform',
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    }),
    bias: weightConfig(`${where}: bias`, {
      initializer: options.biasInitializer ?? 'zeros',
      regularizer: options.biasRegularizer,
      constraint: options.biasConstraint,
    }),
  };
}
