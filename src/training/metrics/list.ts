import { checkText } from '../../check.js';
import { describeValue } from '../../describe.js';
import { ShapeError, ValueError } from '../../errors.js';
import type { Loss } from '../losses/loss.js';
import type { Names } from '../names.js';
import type { Metric } from './metric.js';

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

/**
 * A metric from its name; a metric object is given back as it is. The name as written becomes the key in the
 * records.
 *
 * @throws UnknownNameError for a name that is not known, ValueError for what is neither
 */
export function getMetric(
  identifier: unknown,
  context: MetricContext,
  names: Names,
  where = 'compile',
): Metric {
  if (typeof identifier !== 'string') return checkedMetric(identifier, where);
  return names.metric(where, identifier, context)({ name: identifier });
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
  names: Names,
  where = 'compile',
): Metric[] {
  const taken = new Set(['loss']);
  return identifiers.map((identifier) => {
    const metric = getMetric(identifier, context, names, where);
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
