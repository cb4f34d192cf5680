import type { LayerDefinition } from '../layer.js';
import { permuteDefinition } from './permute.js';
import { REPEAT_DEFINITIONS } from './repeat.js';
import { RESHAPE_DEFINITIONS } from './reshape.js';
import { reverseDefinition } from './reverse.js';
import { sliceDefinition } from './slice.js';
import { TIME_EDGE_DEFINITIONS } from './time-edges.js';

export { type PermuteOptions, permute } from './permute.js';
export { type RepeatVectorOptions, repeatVector, type UpSampling1dOptions, upSampling1d } from './repeat.js';
export { type FlattenOptions, flatten, type ReshapeOptions, reshape } from './reshape.js';
export { type ReverseOptions, reverse } from './reverse.js';
export { type SliceOptions, slice } from './slice.js';
export {
  type Cropping1dOptions,
  cropping1d,
  type Ends,
  type ZeroPadding1dOptions,
  zeroPadding1d,
} from './time-edges.js';

/** Every layer that only moves values. */
export const SHAPING_DEFINITIONS: readonly LayerDefinition[] = [
  ...RESHAPE_DEFINITIONS,
  ...REPEAT_DEFINITIONS,
  ...TIME_EDGE_DEFINITIONS,
  permuteDefinition,
  reverseDefinition,
  sliceDefinition,
];
