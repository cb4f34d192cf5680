import { unknownName } from '../../errors.js';
import { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.js';
import { auc } from './auc.js';
import { precision, recall } from './confusion.js';
import { f1Score } from './fscore.js';
import { labelErrorRate } from './label-error-rate.js';
import type { MetricContext } from './list.js';
import type { Metric, NameOption } from './metric.js';
import { perplexity } from './perplexity.js';
import {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  rootMeanSquaredError,
} from './regression.js';
import { sparseTopKCategoricalAccuracy, topKCategoricalAccuracy } from './topk.js';

const FACTORIES = {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  precision,
  recall,
  f1Score,
  auc,
  meanSquaredError,
  rootMeanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  perplexity,
  labelErrorRate,
} satisfies Record<string, (options?: NameOption) => Metric>;

const ALIASES = {
  f1: 'f1Score',
  mse: 'meanSquaredError',
  rmse: 'rootMeanSquaredError',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
} satisfies Record<string, keyof typeof FACTORIES>;

const ACCURACY = ['accuracy', 'acc'] as const;

/** Names that `compile` takes for a metric with its defaults. */
export type MetricName = keyof typeof FACTORIES | keyof typeof ALIASES | (typeof ACCURACY)[number];

/** Every name that {@link metricNamed} knows. */
export function metricNames(): string[] {
  return [...ACCURACY, ...Object.keys(FACTORIES), ...Object.keys(ALIASES)];
}

/**
 * What makes the metrics of a name. 'accuracy' is binaryAccuracy for one output, sparseCategoricalAccuracy where targets
 * are one column and outputs several, else categoricalAccuracy; a file has the one that it was.
 *
 * @throws UnknownNameError naming the nearest known name
 */
export function metricNamed(
  where: string,
  name: string,
  context?: MetricContext,
): (options?: NameOption) => Metric {
  const isAccuracy = context !== undefined && (ACCURACY as readonly string[]).includes(name);
  const factory = isAccuracy ? accuracyFor(context) : factoryOf(name);
  if (factory !== undefined) return factory;
  throw unknownName(where, 'metric', name, context === undefined ? Object.keys(FACTORIES) : metricNames());
}

function accuracyFor({ outputs, targetColumns }: MetricContext): (options?: NameOption) => Metric {
  if (outputs === 1) return binaryAccuracy;
  return targetColumns === 1 ? sparseCategoricalAccuracy : categoricalAccuracy;
}

function factoryOf(name: string): ((options?: NameOption) => Metric) | undefined {
  const full = Object.hasOwn(ALIASES, name) ? ALIASES[name as keyof typeof ALIASES] : name;
  return Object.hasOwn(FACTORIES, full) ? FACTORIES[full as keyof typeof FACTORIES] : undefined;
}
