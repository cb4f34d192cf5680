import type { LayerDefinition } from '../layer.js';
import { transformerDecoderDefinition } from './decoder.js';
import { transformerEncoderDefinition } from './encoder.js';

export { type TransformerDecoderOptions, transformerDecoder } from './decoder.js';
export { type TransformerEncoderOptions, transformerEncoder } from './encoder.js';
export type { TransformerBlockOptions } from './options.js';

/** The blocks of Transformers. */
export const TRANSFORMER_DEFINITIONS: readonly LayerDefinition[] = [
  transformerEncoderDefinition,
  transformerDecoderDefinition,
];
