import type { LayerDefinition } from '../layer.js';
import { transformerDecoderDefinition } from './decoder.js';
import { transformerEncoderDefinition } from './encoder.js';
import { tokenAndPositionEmbeddingDefinition } from './token-and-position.js';

export { type TransformerDecoderOptions, transformerDecoder } from './decoder.js';
export { type TransformerEncoderOptions, transformerEncoder } from './encoder.js';
export type { TransformerBlockOptions } from './options.js';
export { type TokenAndPositionEmbeddingOptions, tokenAndPositionEmbedding } from './token-and-position.js';

/** The blocks of Transformers. */
export const TRANSFORMER_DEFINITIONS: readonly LayerDefinition[] = [
  transformerEncoderDefinition,
  transformerDecoderDefinition,
  tokenAndPositionEmbeddingDefinition,
];
