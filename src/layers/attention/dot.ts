import { checkOptionNames } from '../../errors.js';
import type { InitializerLike } from '../initializers/index.js';
import { type BaseOptions, Layer, type LayerDefinition } from '../layer.js';
import { dropRate, flag, layerLabel, oneOf } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, weightConfig } from '../weight.js';
import { recordAttention, recordAttentionGradient } from './dot-passes.js';
import { checkCompared, refusesSightStep, sources } from './inputs.js';
import { type AttentionConfig, SCORE_MODES, type ScoreMode } from './score-mode.js';

/** Options of {@link attention}. Names and defaults are Keras's; `scoreMode: 'general'` is Luong's. */
export interface AttentionOptions extends BaseOptions {
  /** What a query and a key are compared by. Default 'dot'. */
  scoreMode?: ScoreMode;
  /** True multiplies scores, or with 'concat' what is summed, by a trained number. Default false. */
  useScale?: boolean;
  /** Share of probabilities set to zero in training. Default 0. */
  dropout?: number;
  /** True lets step t see steps 0 to t only. In Keras an argument of the call. Default false. */
  useCausalMask?: boolean;
  /** True takes a mask of pairs `[batch, T, S]` as last input: query t sees key s where it is not 0. Default false. */
  useAttentionMask?: boolean;
  /** Of the matrix of 'general'. Default 'glorotUniform'. */
  kernelInitializer?: InitializerLike;
}

const ONES = { initializer: 'ones' } as const;

const definition: LayerDefinition<AttentionConfig> = {
  type: 'attention',
  restore: restoreWith(attention),
  maxInputs: 4,
  outputShapes({ scoreMode, useAttentionMask }, shapes, name) {
    return [checkCompared(shapes, name, useAttentionMask, scoreMode !== 'general')];
  },
  parameters({ scoreMode, useScale, useAttentionMask, kernel }, inputs) {
    const from = sources(inputs.length, useAttentionMask);
    const features = (index: number): number => inputs[index][inputs[index].length - 1] as number;
    const matrix = [features(from.query), features(from.key)];
    return [
      ...(scoreMode === 'general' ? [declareWeight('kernel', matrix, kernel)] : []),
      ...(useScale ? [declareWeight('scale', [], weightConfig('scale', ONES))] : []),
      ...(scoreMode === 'concat'
        ? [declareWeight('concatScoreWeight', [], weightConfig('concat', ONES))]
        : []),
    ];
  },
  forward: (config, k) => recordAttention(config, k, false),
  backward: recordAttentionGradient,
  masks: (_config, masked) => [masked[0]],
  seesPadding: ({ dropout }, training) => training && dropout > 0, // its masks are drawn over all steps
  step: (config, k) => recordAttention(config, k, true),
  looksAt: ({ useAttentionMask }, count) => sources(count, useAttentionMask),
  takesWhole: true,
  refusesStep: (config, inputs, whole) => refusesSightStep(config, sources(inputs.length), whole),
};

/** How these layers are saved and rebuilt. */
export const attentionDefinition = definition as unknown as LayerDefinition;

/**
 * Attention with one head: `attention().apply([query, value, key])`.
 *
 * ```text
 * y_t = Σ_j softmax_j(s_tj) value_j
 * 'dot'      s_tj = scale · query_t · key_j
 * 'general'  s_tj = scale · query_t·kernel · key_j
 * 'concat'   s_tj = concatScoreWeight · Σ_d tanh(scale · (query_td + key_jd))
 * ```
 *
 * Inputs query `[batch, T, D]`, value `[batch, S, E]` and key `[batch, S, D]`; without a key the value is the key.
 * Output `[batch, T, E]`. Weights `kernel [D, features of the key]` with 'general', `scale []` with `useScale`,
 * `concatScoreWeight []` with 'concat'. Steps of the value that do not count are not seen; a query that sees none gives
 * 0. It streams where value and key are given whole at the start, as an encoder's output is.
 *
 * Source: Luong et al. 2015; 'concat' is Keras's form of it
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function attention(options: AttentionOptions = {}): Layer {
  const where = layerLabel('attention', options);
  checkOptionNames(where, options, [
    'scoreMode',
    'useScale',
    'dropout',
    'useCausalMask',
    'useAttentionMask',
    'kernelInitializer',
    'name',
    'trainable',
  ]);
  const config: AttentionConfig = {
    scoreMode: oneOf(where, 'scoreMode', options.scoreMode ?? 'dot', SCORE_MODES),
    useScale: flag(where, 'useScale', options.useScale ?? false),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    useCausalMask: flag(where, 'useCausalMask', options.useCausalMask ?? false),
    useAttentionMask: flag(where, 'useAttentionMask', options.useAttentionMask ?? false),
    kernel: weightConfig(`${where}: kernel`, { initializer: options.kernelInitializer ?? 'glorotUniform' }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
