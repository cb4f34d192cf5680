import type { LayerDefinition } from '../layer.js';
import { lastStepDefinition } from './last-step.js';
import { maskingDefinition } from './masking.js';

export { type LastStepOptions, lastStep } from './last-step.js';
export { type MaskingOptions, masking } from './masking.js';

/** Layers that make masks, or are about the steps that count. */
export const MASKING_DEFINITIONS: readonly LayerDefinition[] = [maskingDefinition, lastStepDefinition];
