import type { LayerDefinition } from '../layer.js';
import { multiHeadAttentionDefinition } from './multi-head.js';

export { type MultiHeadAttentionOptions, multiHeadAttention } from './multi-head.js';

/** Every layer in which the steps of a sequence look at others by what these hold. */
export const ATTENTION_DEFINITIONS: readonly LayerDefinition[] = [multiHeadAttentionDefinition];
