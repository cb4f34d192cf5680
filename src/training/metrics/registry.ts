import { checkText } from '../../check.js';
import { describeValue } from '../../describe.js';
import { ShapeError, unknownName, ValueError } from '../../errors.js';
import type { Loss } from '../losses/loss.js';
import { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.js';
import { auc } from './auc.js';
import { precision, recall } from './confusion.js';
import { f1Score } from './fscore.js';
import { labelErrorRate } from './label-error-rate.js';
import type { Direction, Metric, MetricConfig, NameOption } from './metric.js';
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

/** Widths that decide what 'accuracy' means. */
export interface MetricContext {
  /** Numbers predicted in each row. */
  readonly outputs: number;
  /** As many as outputs, or 1 for class indices. */
  readonly targetColumns: number;
  /** The class that pads labels, where targets are labels of whole sequences. Else null or left out. */
  readonly padding?: number | null;
}

/** What metrics are to compare under a loss. */
export function metricContext(loss: Loss, outputs: number): MetricContext {
  return { outputs, targetColumns: loss.targetColumns(outputs), padding: loss.sequence?.padding ?? null };
}

/** Every name that {@link getMetric} knows. */
export function metricNames(): string[] {
  return [...ACCURACY, ...Object.keys(FACTORIES), ...Object.keys(ALIASES)];
}

/**
 * A metric from its name; a metric object is given back as it is. The name as written becomes the key in the
 * records. 'accuracy' is binaryAccuracy for one output, sparseCategoricalAccuracy where targets are one column
 * and outputs several, else categoricalAccuracy.
 *
 * @throws UnknownNameError naming the nearest known name
 */
export function getMetric(identifier: unknown, context: MetricContext, where = 'compile'): Metric {
  if (typeof identifier !== 'string') return checkedMetric(identifier, where);
  if ((ACCURACY as readonly string[]).includes(identifier)) {
    return accuracyFor(context)({ name: identifier });
  }
  const factory = factoryOf(identifier);
  if (factory === undefined) throw unknownName(where, 'metric', identifier, metricNames());
  return factory({ name: identifier });
}

/**
 * The metrics of a list, in order.
 *
 * @throws UnknownNameError for a name that is not known; ValueError when two have the same name, or one is
 *   called 'loss'; ShapeError when one cannot compare such targets with such outputs
 */
export function getMetrics(
  identifiers: readonly unknown[],
  context: MetricContext,
  where = 'compile',
): Metric[] {
  const taken = new Set(['loss']);
  return identifiers.map((identifier) => {
    const metric = getMetric(identifier, context, where);
    if (taken.has(metric.name)) {
      throw new ValueError(`${where}: the name '${metric.name}' is taken; give this metric another one`);
    }
    taken.add(metric.name);
    tryOn(metric, context, where);
    return metric;
  });
}

/** Shows a metric a batch without rows: it throws now, rather than in the middle of training, if it must. */
function tryOn(
  metric: Metric,
  { outputs, targetColumns, padding = null }: MetricContext,
  where: string,
): void {
  const none = new Float32Array(0);
  const labels = padding === null ? null : { padding, mask: null };
  if ((labels === null) === (metric.comparesLabels === true)) {
    const [compares, targets] = ['rows of the output with targets', 'labels of whole sequences'];
    throw new ShapeError(
      `${where}: metric ${metric.name} compares ${labels === null ? `sequences with ${targets}` : compares}, ` +
        `the loss has ${labels === null ? 'a target for each row' : targets}`,
    );
  }
  try {
    metric.update({ target: none, prediction: none, rows: 0, outputs, targetColumns, weights: null, labels });
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${where}: metric ${error.message}`);
    if (error instanceof ValueError) throw new ValueError(`${where}: metric ${error.message}`);
    throw error;
  }
  metric.reset();
}

/** Whether a metric can be made again from its config. */
export function isKnownMetric(metric: Metric): boolean {
  const name: unknown = metric.config?.metric;
  return typeof name === 'string' && factoryOf(name) !== undefined;
}

/**
 * A metric from its {@link Metric.config}.
 *
 * @throws UnknownNameError when it names no known metric
 */
export function metricFromConfig(config: MetricConfig): Metric {
  const { metric, ...options } = config;
  const factory = factoryOf(String(metric));
  if (factory === undefined) throw unknownName('metricFromConfig', 'metric', metric, Object.keys(FACTORIES));
  return factory(options);
}

/** Whether more is better in a metric of this name, or undefined when the name is not known. */
export function metricDirection(name: string): Direction | undefined {
  if ((ACCURACY as readonly string[]).includes(name)) return 'up';
  return factoryOf(name)?.().direction;
}

/** Gives a metric object back; anything else is an error (a function, as Keras takes, among it). */
function checkedMetric(value: unknown, where: string): Metric {
  const metric = value as Partial<Metric> | null | undefined;
  const isMetric =
    typeof metric?.update === 'function' &&
    typeof metric.reset === 'function' &&
    typeof metric.result === 'function';
  if (isMetric) {
    checkText(where, 'name of a metric', metric.name);
    return metric as Metric;
  }
  throw new ValueError(
    `${where}: a metric must be a name or a metric object such as auc() gives; got ${describeValue(value)}`,
  );
}

function accuracyFor({ outputs, targetColumns }: MetricContext): (options: NameOption) => Metric {
  if (outputs === 1) return binaryAccuracy;
  return targetColumns === 1 ? sparseCategoricalAccuracy : categoricalAccuracy;
}

function factoryOf(name: string): ((options?: NameOption) => Metric) | undefined {
  const full = Object.hasOwn(ALIASES, name) ? ALIASES[name as keyof typeof ALIASES] : name;
  return Object.hasOwn(FACTORIES, full) ? FACTORIES[full as keyof typeof FACTORIES] : undefined;
}
