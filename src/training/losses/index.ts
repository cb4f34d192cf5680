export {
  binaryCrossentropy,
  type CrossentropyOptions,
  categoricalCrossentropy,
  type SparseCrossentropyOptions,
  sparseCategoricalCrossentropy,
} from './crossentropy.js';
export { type CtcOptions, ctc } from './ctc.js';
export { hinge } from './hinge.js';
export { weightIgnoredRows } from './ignored.js';
export { checkLoss, type Loss, type LossConfig, type TargetFault } from './loss.js';
export { klDivergence, poisson } from './probabilistic.js';
export type { LossName } from './registry.js';
export {
  cosineSimilarity,
  type HuberOptions,
  huber,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
} from './regression.js';
