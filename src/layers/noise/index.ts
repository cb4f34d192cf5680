import type { LayerDefinition } from '../layer.js';
import { activityRegularizationDefinition } from './activity-regularization.js';
import { GAUSSIAN_DEFINITIONS } from './gaussian.js';
import { spatialDropout1dDefinition } from './spatial-dropout-1d.js';

export { type ActivityRegularizationOptions, activityRegularization } from './activity-regularization.js';
export {
  type GaussianDropoutOptions,
  type GaussianNoiseOptions,
  gaussianDropout,
  gaussianNoise,
} from './gaussian.js';
export { type SpatialDropout1dOptions, spatialDropout1d } from './spatial-dropout-1d.js';

/** Every layer that only acts in training, `dropout` aside. */
export const NOISE_DEFINITIONS: readonly LayerDefinition[] = [
  spatialDropout1dDefinition,
  ...GAUSSIAN_DEFINITIONS,
  activityRegularizationDefinition,
];
