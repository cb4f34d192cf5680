import type { LayerDefinition } from '../layer.js';
import { adaptiveSoftmaxDefinition } from './adaptive-softmax.js';
import { crfDefinition } from './crf.js';
import { reverseEmbeddingDefinition, reversibleEmbeddingDefinition } from './reversible-embedding.js';
import { sampledSoftmaxDefinition } from './sampled-softmax.js';

export { type AdaptiveSoftmaxOptions, adaptiveSoftmax } from './adaptive-softmax.js';
export { type CrfOptions, crf } from './crf.js';
export {
  type ReverseEmbeddingOptions,
  type ReversibleEmbedding,
  type ReversibleEmbeddingOptions,
  reversibleEmbedding,
} from './reversible-embedding.js';
export { type SampledSoftmaxOptions, sampledSoftmax } from './sampled-softmax.js';

/** Layers that have losses of their own or share their weights, for whole sequences and large vocabularies. */
export const STRUCTURED_DEFINITIONS: readonly LayerDefinition[] = [
  crfDefinition,
  reversibleEmbeddingDefinition,
  reverseEmbeddingDefinition,
  sampledSoftmaxDefinition,
  adaptiveSoftmaxDefinition,
];
