import { checkOptionNames } from '../../errors.js';
import { at, type Region } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { InitializerLike } from '../initializers/index.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { dropRate, flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import {
  type Compared,
  giveGradients,
  recordAdditive,
  recordAdditiveGradient,
  type SightConfig,
  sightSizes,
} from './additive-passes.js';
import { checkCompared, refusesSightStep, sources } from './inputs.js';

/** Options of {@link additiveAttention}. Names and defaults are Keras's. */
export interface AdditiveAttentionOptions extends BaseOptions {
  /** False adds up without weights. Default true. */
  useScale?: boolean;
  /** Share of probabilities set to zero in training. Default 0. */
  dropout?: number;
  /** True lets step t see steps 0 to t only. In Keras an argument of the call. Default false. */
  useCausalMask?: boolean;
  /** True takes a mask of pairs `[batch, T, S]` as last input: query t sees key s where it is not 0. Default false. */
  useAttentionMask?: boolean;
  /** Of the weights. Default 'glorotUniform'. */
  scaleInitializer?: InitializerLike;
}

interface AdditiveConfig extends SightConfig {
  readonly useScale: boolean;
  readonly scale: WeightConfig;
}

function compared(config: AdditiveConfig, k: Binding, stepping: boolean): Compared {
  const { D, from } = sightSizes(config, k, stepping);
  const ones = (): Region => k.constant('ones', D, (table) => table.fill(1));
  return {
    query: k.input(from.query),
    key: k.input(from.key),
    weights: config.useScale ? k.parameter('scale') : ones(),
  };
}

const definition: LayerDefinition<AdditiveConfig> = {
  type: 'additiveAttention',
  restore: restoreWith(additiveAttention),
  maxInputs: 4,
  outputShapes({ useAttentionMask }, shapes, name) {
    return [checkCompared(shapes, name, useAttentionMask)];
  },
  looksAt: ({ useAttentionMask }, count) => sources(count, useAttentionMask),
  parameters: ({ useScale, scale }, [query]) =>
    useScale ? [declareWeight('scale', [query[query.length - 1] as number], scale)] : [],
  forward(config, k) {
    recordAdditive(config, k, sightSizes(config, k, false), compared(config, k, false));
  },
  backward(config, k: BackwardBinding) {
    const sizes = sightSizes(config, k, false);
    const made = recordAdditiveGradient(config, k, sizes, compared(config, k, false));
    const gradient = config.useScale ? k.gradient('scale') : null;
    if (gradient !== null) k.emit(kernels.colsum, gradient, at(made.weights), sizes.B, sizes.D, sizes.D);
    giveGradients(k, sizes, made);
  },
  masks: (_config, masked) => [masked[0]],
  seesPadding: ({ dropout }, training) => training && dropout > 0, // its masks are drawn over all steps
  step(config, k) {
    recordAdditive(config, k, sightSizes(config, k, true), compared(config, k, true));
  },
  takesWhole: true,
  refusesStep: (config, inputs, whole) => refusesSightStep(config, sources(inputs.length), whole),
};

/** How these layers are saved and rebuilt. */
export const additiveAttentionDefinition = definition as unknown as LayerDefinition;

/**
 * Attention by sums: `additiveAttention().apply([query, value, key])`.
 *
 * ```text
 * s_tj = Σ_d scale_d · tanh(query_td + key_jd),   y_t = Σ_j softmax_j(s_tj) value_j
 * ```
 *
 * Inputs query `[batch, T, D]`, value `[batch, S, E]` and key `[batch, S, D]`; without a key the value is the key.
 * Output `[batch, T, E]`. Weight `scale [D]`. Steps of the value that do not count are not seen; a query that sees none
 * gives 0. It streams where value and key are given whole at the start.
 *
 * Source: Bahdanau et al. 2015; what they multiply query and key by are dense layers in front
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function additiveAttention(options: AdditiveAttentionOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, [
    'useScale',
    'dropout',
    'useCausalMask',
    'useAttentionMask',
    'scaleInitializer',
    'name',
    'trainable',
  ]);
  const config: AdditiveConfig = {
    useScale: flag(where, 'useScale', options.useScale ?? true),
    dropout: dropRate(where, 'dropout', options.dropout ?? 0),
    useCausalMask: flag(where, 'useCausalMask', options.useCausalMask ?? false),
    useAttentionMask: flag(where, 'useAttentionMask', options.useAttentionMask ?? false),
    scale: weightConfig(`${where}: scale`, { initializer: options.scaleInitializer ?? 'glorotUniform' }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
