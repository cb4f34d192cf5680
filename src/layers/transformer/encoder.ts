import { ValueError } from '../../errors.js';
import type { OpenShape } from '../../shape.js';
import type { RotaryOptions } from '../attention/angles.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { type BlockConfig, blockConfig, type TransformerBlockOptions } from './options.js';
import { BlockWiring, featuresOf, wired } from './parts.js';

/** Options of {@link transformerEncoder}. Names and defaults are Keras's (keras-hub). */
export interface TransformerEncoderOptions extends TransformerBlockOptions {
  /** True lets step t see steps 0 to t only. In Keras an argument of the call. Default false. */
  useCausalMask?: boolean;
  /** With useCausalMask: how many steps each sees, its own the last of them. Default null: all up to its own. */
  slidingWindow?: number | null;
  /** True takes a mask `[batch, T, T]` as second input: step t sees step s where it is not 0. Default false. */
  useAttentionMask?: boolean;
  /** True turns queries and keys by the angles of their steps, as {@link rotaryEmbedding} does. Default false. */
  rotary?: boolean | RotaryOptions;
}

interface EncoderConfig extends BlockConfig {
  readonly useCausalMask: boolean;
  readonly slidingWindow: number | null;
  readonly useAttentionMask: boolean;
  readonly rotary: boolean | RotaryOptions;
}

function wire(config: EncoderConfig, inputs: readonly OpenShape[], where: string) {
  const { useCausalMask, slidingWindow, useAttentionMask, rotary } = config;
  if (inputs.length !== (useAttentionMask ? 2 : 1)) {
    const expected = useAttentionMask ? 'two: a sequence and its mask of pairs' : 'one';
    throw new ValueError(`${where}: has ${inputs.length} inputs, expected ${expected}`);
  }
  const block = new BlockWiring(config, featuresOf(config, inputs[0], where), where, inputs);
  const options = { useCausalMask, slidingWindow, useAttentionMask, rotary };
  const seen = block.attention('selfAttention', 0, useAttentionMask ? [1] : [], options);
  block.feedforward(seen);
  return block.wiring;
}

const definition: LayerDefinition<EncoderConfig> = {
  type: 'transformerEncoder',
  restore: restoreWith(transformerEncoder),
  maxInputs: 2,
  ...wired('transformerEncoder', wire),
  seesPadding: () => true,
};

/** How these layers are saved and rebuilt. */
export const transformerEncoderDefinition = definition as unknown as LayerDefinition;

/**
 * A block of a Transformer that looks at its own steps (Vaswani et al. 2017): with `useCausalMask` the block of
 * language models.
 *
 * ```text
 * h = norm(x + drop(attention(x)))            normalizeFirst:  h = x + drop(attention(norm(x)))
 * y = norm(h + drop(act(h·V + c)·W + b))                       y = h + drop(act(norm(h)·V + c)·W + b)
 * ```
 *
 * Input and output `[batch, time, features]`. Weights are those of its layers: `selfAttention.queryKernel`, ...,
 * `selfAttentionLayerNorm.gamma`, `feedforwardIntermediate.kernel`, `feedforwardOutput.kernel`,
 * `feedforwardLayerNorm.gamma`, ... With `useCausalMask` it streams.
 *
 * @throws ValueError for an option out of range or heads that do not divide the features, UnknownNameError for an
 *   option that does not exist
 */
export function transformerEncoder(options: TransformerEncoderOptions): Layer {
  const where = layerLabel(definition.type, options);
  const block = blockConfig(where, options, ['useCausalMask', 'slidingWindow', 'useAttentionMask', 'rotary']);
  const config: EncoderConfig = {
    ...block,
    useCausalMask: flag(where, 'useCausalMask', options.useCausalMask ?? false),
    slidingWindow: options.slidingWindow ?? null,
    useAttentionMask: flag(where, 'useAttentionMask', options.useAttentionMask ?? false),
    rotary: options.rotary ?? false,
  };
  const { numHeads } = config;
  // Tried on the fewest features there can be, so that options of attention are judged at once.
  wire(
    config,
    config.useAttentionMask
      ? [
          [1, 2 * numHeads],
          [1, 1],
        ]
      : [[1, 2 * numHeads]],
    where,
  );
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
