import { describeValue } from '../../describe.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import type { ConstraintLike } from '../constraints.js';
import type { InitializerLike } from '../initializers/index.js';
import type { BaseOptions } from '../layer.js';
import { dropRate, flag, positiveInteger } from '../options.js';
import type { RegularizerLike } from '../regularizers.js';
import { type WeightConfig, weightConfig } from '../weight.js';
import { anglesFrom, type RotaryOptions } from './angles.js';

/** Options of {@link multiHeadAttention}. Names and defaults are Keras's. */
export interface MultiHeadAttentionOptions extends BaseOptions {
  /** Number N of heads. */
  numHeads: number;
  /** Size D of queries and keys in each head. */
  keyDim: number;
  /** Size E of values in each head. Default keyDim. */
  valueDim?: number | null;
  /** Features of the output. Default those of the query. */
  outputShape?: number | null;
  /** Share of probabilities set to zero in training. Default 0. */
  dropout?: number;
  /** False leaves the four biases out. Default true. */
  useBias?: boolean;
  /** True lets step t see steps 0 to t only. In Keras an argument of the call. Default false. */
  useCausalMask?: boolean;
  /** With useCausalMask: how many steps each sees, its own the last of them. Default null: all up to its own. */
  slidingWindow?: number | null;
  /**
   * True takes a mask as last input, `[batch, T, S]`: query t sees key s where it is not 0. In Keras an argument of the
   * call. Default false.
   */
  useAttentionMask?: boolean;
  /** True gives the probabilities `[batch, N, T, S]` as a second output, to look at. As in Keras's call. Default false. */
  returnAttentionScores?: boolean;
  /** True turns queries and keys by the angles of their steps, as {@link rotaryEmbedding} does. Default false. */
  rotary?: boolean | RotaryOptions;
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
  readonly outputShape: number | null;
  readonly slidingWindow: number | null;
  readonly useAttentionMask: boolean;
  readonly returnAttentionScores: boolean;
  readonly rotary: Required<RotaryOptions> | false;
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
  'outputShape',
  'slidingWindow',
  'useAttentionMask',
  'returnAttentionScores',
  'rotary',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'biasConstraint',
  'name',
  'trainable',
];

function windowFrom(where: string, window: unknown, useCausalMask: boolean): number | null {
  if (window === null) return null;
  if (!useCausalMask) throw new ValueError(`${where}: slidingWindow needs useCausalMask: true`);
  return positiveInteger(where, 'slidingWindow', window);
}

function rotaryFrom(where: string, rotary: unknown, keyDim: number): Required<RotaryOptions> {
  if (typeof rotary !== 'boolean' && (typeof rotary !== 'object' || rotary === null)) {
    throw new ValueError(`${where}: rotary must be true, false or options, got ${describeValue(rotary)}`);
  }
  const angles = anglesFrom(`${where}: rotary`, rotary === true ? {} : (rotary as RotaryOptions));
  if (keyDim % 2 === 0) return angles;
  throw new ValueError(`${where}: rotary turns pairs of elements, keyDim must be even, got ${keyDim}`);
}

/** The options checked and made plain data. @throws ValueError, UnknownNameError */
export function attentionConfig(where: string, options: MultiHeadAttentionOptions): MultiHeadAttentionConfig {
  checkOptionNames(where, options, NAMES);
  const keyDim = positiveInteger(where, 'keyDim', options.keyDim);
  const useCausalMask = flag(where, 'useCausalMask', options.useCausalMask ?? false);
  const { outputShape = null, rotary = false } = options;
  return {
    numHeads: positiveInteger(where, 'numHeads', options.numHeads),
    keyDim,
    valueDim: positiveInteger(where, 'valueDim', options.valueDim ?? keyDim),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    useBias: flag(where, 'useBias', options.useBias ?? true),
    useCausalMask,
    outputShape: outputShape === null ? null : positiveInteger(where, 'outputShape', outputShape),
    slidingWindow: windowFrom(where, options.slidingWindow ?? null, useCausalMask),
    useAttentionMask: flag(where, 'useAttentionMask', options.useAttentionMask ?? false),
    returnAttentionScores: flag(where, 'returnAttentionScores', options.returnAttentionScores ?? false),
    rotary: rotary === false ? false : rotaryFrom(where, rotary, keyDim),
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
