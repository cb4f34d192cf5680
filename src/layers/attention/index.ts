import type { LayerDefinition } from '../layer.js';
import { additiveAttentionDefinition } from './additive.js';
import { attentionDefinition } from './dot.js';
import { multiHeadAttentionDefinition } from './multi-head.js';
import { positionEmbeddingDefinition, sinePositionEncodingDefinition } from './positions.js';
import { rotaryEmbeddingDefinition } from './rotary-embedding.js';

export { type AdditiveAttentionOptions, additiveAttention } from './additive.js';
export type { RotaryOptions } from './angles.js';
export { type AttentionOptions, attention } from './dot.js';
export { type MultiHeadAttentionOptions, multiHeadAttention } from './multi-head.js';
export {
  type PositionEmbeddingOptions,
  positionEmbedding,
  type SinePositionEncodingOptions,
  sinePositionEncoding,
} from './positions.js';
export { type RotaryEmbeddingOptions, rotaryEmbedding } from './rotary-embedding.js';
export type { ScoreMode } from './score-mode.js';

/** Every layer in which the steps of a sequence look at others by what these hold, and what tells steps apart there. */
export const ATTENTION_DEFINITIONS: readonly LayerDefinition[] = [
  attentionDefinition,
  additiveAttentionDefinition,
  multiHeadAttentionDefinition,
  sinePositionEncodingDefinition,
  positionEmbeddingDefinition,
  rotaryEmbeddingDefinition,
];
