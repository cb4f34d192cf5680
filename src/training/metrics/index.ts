export {
  type BinaryAccuracyOptions,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
} from './accuracy.js';
export { type AUCOptions, auc } from './auc.js';
export { type ConfusionOptions, precision, recall } from './confusion.js';
export { type Average, type F1ScoreOptions, f1Score } from './fscore.js';
export { labelErrorRate } from './label-error-rate.js';
export type { Direction, LabelBatch, Metric, MetricBatch, MetricConfig, NameOption } from './metric.js';
export { type PerplexityOptions, perplexity } from './perplexity.js';
export type { MetricName } from './registry.js';
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  rootMeanSquaredError,
} from './regression.js';
export { sparseTopKCategoricalAccuracy, type TopKOptions, topKCategoricalAccuracy } from './topk.js';
