import { ShapeError, ValueError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';
import type { RotaryOptions } from '../attention/angles.js';
import { Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { type BlockConfig, blockConfig, type TransformerBlockOptions } from './options.js';
import { BlockWiring, featuresOf, wired } from './parts.js';

/** Options of {@link transformerDecoder}. Names and defaults are Keras's (keras-hub). */
export interface TransformerDecoderOptions extends TransformerBlockOptions {
  /** False lets steps see later ones too. In Keras an argument of the call. Default true. */
  useCausalMask?: boolean;
  /** True turns queries and keys of attention to itself by the angles of their steps. Default false. */
  rotary?: boolean | RotaryOptions;
}

interface DecoderConfig extends BlockConfig {
  readonly useCausalMask: boolean;
  readonly rotary: boolean | RotaryOptions;
}

function wire(config: DecoderConfig, inputs: readonly OpenShape[], where: string) {
  const { useCausalMask, rotary } = config;
  if (inputs.length > 2) {
    throw new ValueError(`${where}: has ${inputs.length} inputs, expected a sequence and that of an encoder`);
  }
  const other = inputs[1];
  if (other !== undefined && (other.length !== 2 || other[1] === null)) {
    const came = formatShape([null, ...other]);
    throw new ShapeError(`${where}: the second input has shape ${came}, expected [batch, time, features]`);
  }
  const block = new BlockWiring(config, featuresOf(config, inputs[0], where), where, inputs);
  let x = block.attention('selfAttention', 0, [], { useCausalMask, rotary });
  if (other !== undefined) x = block.attention('crossAttention', x, [1], {});
  block.feedforward(x);
  return block.wiring;
}

const definition: LayerDefinition<DecoderConfig> = {
  type: 'transformerDecoder',
  restore: restoreWith(transformerDecoder),
  maxInputs: 2,
  ...wired('transformerDecoder', wire),
  seesPadding: () => true,
};

/** How these layers are saved and rebuilt. */
export const transformerDecoderDefinition = definition as unknown as LayerDefinition;

/**
 * A block of a Transformer that looks at its own steps up to each, and at all steps of what an encoder gives
 * (Vaswani et al. 2017): `transformerDecoder({ ... }).apply([x, encoded])`. Without a second input it leaves that out.
 *
 * ```text
 * h = norm(x + drop(attention(x)))            normalizeFirst:  each norm stands before what is added to x, h or g,
 * g = norm(h + drop(attention(h, encoded)))                    as in transformerEncoder
 * y = norm(g + drop(act(g·V + c)·W + b))
 * ```
 *
 * Input and output `[batch, time, features]`. Weights are those of its layers: `selfAttention.queryKernel`, ...,
 * `crossAttention.queryKernel`, ..., `feedforwardIntermediate.kernel`, `feedforwardOutput.kernel`, ... It streams.
 *
 * @throws ValueError for an option out of range or heads that do not divide the features, UnknownNameError for an
 *   option that does not exist
 */
export function transformerDecoder(options: TransformerDecoderOptions): Layer {
  const where = layerLabel(definition.type, options);
  const config: DecoderConfig = {
    ...blockConfig(where, options, ['useCausalMask', 'rotary']),
    useCausalMask: flag(where, 'useCausalMask', options.useCausalMask ?? true),
    rotary: options.rotary ?? false,
  };
  // Tried on the fewest features there can be, so that options of attention are judged at once.
  wire(config, [[1, 2 * config.numHeads]], where);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
