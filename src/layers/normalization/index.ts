import type { LayerDefinition } from '../layer.js';
import { batchNormalizationDefinition } from './batch-normalization.js';
import { groupNormalizationDefinition } from './group-normalization.js';
import { layerNormalizationDefinition } from './layer-normalization.js';
import { rmsNormalizationDefinition } from './rms-normalization.js';

export type { AffineOptions } from './affine.js';
export { type BatchNormalizationOptions, batchNormalization } from './batch-normalization.js';
export { type GroupNormalizationOptions, groupNormalization } from './group-normalization.js';
export { type LayerNormalizationOptions, layerNormalization } from './layer-normalization.js';
export { type RMSNormalizationOptions, rmsNormalization } from './rms-normalization.js';

/** Every normalisation layer. */
export const NORMALIZATION_DEFINITIONS: readonly LayerDefinition[] = [
  layerNormalizationDefinition,
  rmsNormalizationDefinition,
  groupNormalizationDefinition,
  batchNormalizationDefinition,
];
