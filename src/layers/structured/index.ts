import type { LayerDefinition } from '../layer.js';
import { crfDefinition } from './crf.js';

export { type CrfOptions, crf } from './crf.js';

/** Layers that have losses of their own. */
export const STRUCTURED_DEFINITIONS: readonly LayerDefinition[] = [crfDefinition];
