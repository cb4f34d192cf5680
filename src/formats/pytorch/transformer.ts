import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { inside, type Mapping, type MappingOf, shapesInside, type Tensors, together } from './mapping.js';

type Shapes = Readonly<Record<string, Shape>>;

/** Mappings of the layers that a block is put together from. */
interface PartMappings {
  readonly attention: MappingOf;
  readonly dense: MappingOf;
  readonly norm: MappingOf;
}

/** A part of a block: our name, PyTorch's, and what it is. */
type Part = readonly [ours: string, theirs: string, kind: keyof PartMappings];

const ENCODER: readonly Part[] = [
  ['selfAttention', 'self_attn', 'attention'],
  ['feedforwardIntermediate', 'linear1', 'dense'],
  ['feedforwardOutput', 'linear2', 'dense'],
  ['selfAttentionLayerNorm', 'norm1', 'norm'],
  ['feedforwardLayerNorm', 'norm2', 'norm'],
];

const DECODER: readonly Part[] = [
  ['selfAttention', 'self_attn', 'attention'],
  ['crossAttention', 'multihead_attn', 'attention'],
  ['feedforwardIntermediate', 'linear1', 'dense'],
  ['feedforwardOutput', 'linear2', 'dense'],
  ['selfAttentionLayerNorm', 'norm1', 'norm'],
  ['crossAttentionLayerNorm', 'norm2', 'norm'],
  ['feedforwardLayerNorm', 'norm3', 'norm'],
];

/** The mapping of a module inside another, whose entries have names that begin with the module's own. */
function under(module: string, mapping: Mapping): Mapping {
  const prefix = `${module}.`;
  const added = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [prefix + name, value]));
  return {
    ...mapping,
    entries: added(mapping.entries),
    toLayer: (given) =>
      mapping.toLayer(
        Object.fromEntries(Object.keys(mapping.entries).map((name) => [name, given[prefix + name]])),
      ),
    fromLayer: (own: Tensors): Record<string, Tensor> => added(mapping.fromLayer(own)),
  };
}

function block(module: string, parts: readonly Part[], mappings: PartMappings, weights: Shapes) {
  const made: Mapping[] = [];
  for (const [ours, theirs, kind] of parts) {
    const prefix = `${ours}.`;
    const part = mappings[kind]({} as never, shapesInside(prefix, weights), 0);
    if ('refuses' in part) return part;
    made.push(under(theirs, inside(prefix, part)));
  }
  return together(module, made);
}

/**
 * Blocks of Transformers: `transformerEncoder` and a `transformerDecoder` of one input are a TransformerEncoderLayer, a
 * `transformerDecoder` of two a TransformerDecoderLayer. What a block does beside its weights (`normalizeFirst`,
 * the activation, causal or not) is said when it is described.
 */
export function transformerMappings(mappings: PartMappings): Readonly<Record<string, MappingOf>> {
  const encoder: MappingOf = (_config, weights) =>
    block('TransformerEncoderLayer', ENCODER, mappings, weights);
  const decoder: MappingOf = (config, weights, level) =>
    'crossAttention.queryKernel' in weights
      ? block('TransformerDecoderLayer', DECODER, mappings, weights)
      : encoder(config, weights, level);
  return { transformerEncoder: encoder, transformerDecoder: decoder };
}
