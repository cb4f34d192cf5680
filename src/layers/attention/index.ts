import type { LayerDefinition } from '../layer.js';
import { attentionDefinition } from './dot.js';
import { multiHeadAttentionDefinition } from './multi-head.js';

export { type AttentionOptions, attention } from './dot.js';
export { type MultiHeadAttentionOptions, multiHeadAttention } from './multi-head.js';

/** Every layer in which the steps of a sequence look at others by what these hold. */
export const ATTENTION_DEFINITIONS: readonly LayerDefinition[] = [
  attentionDefinition,
  multiHeadAttentionDefinition,
];
