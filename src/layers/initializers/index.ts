export { constant, identity, ones, zeros } from './constant.js';
export type { Initializer, SeedOption } from './initializer.js';
export {
  type InitializerLike,
  type InitializerName,
  initializerFrom,
  type SavedInitializer,
} from './lookup.js';
export { type OrthogonalOptions, orthogonal } from './orthogonal.js';
export {
  type NormalOptions,
  randomNormal,
  randomUniform,
  truncatedNormal,
  type UniformOptions,
} from './random.js';
export {
  computeFans,
  type FanMode,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  type ScaledDistribution,
  type VarianceScalingOptions,
  varianceScaling,
} from './variance-scaling.js';
