import type { LayerDefinition } from '../layer.js';
import { concatenateDefinition } from './concatenate.js';
import { dotDefinition } from './dot.js';
import { ELEMENTWISE_DEFINITIONS } from './elementwise.js';

export { type ConcatenateOptions, concatenate } from './concatenate.js';
export { type DotOptions, dot } from './dot.js';
export { add, average, type MergeOptions, maximum, minimum, multiply, subtract } from './elementwise.js';

/** Every layer that makes one value of several. */
export const MERGE_DEFINITIONS: readonly LayerDefinition[] = [
  ...ELEMENTWISE_DEFINITIONS,
  concatenateDefinition,
  dotDefinition,
];
