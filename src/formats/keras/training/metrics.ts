import { describeValue } from '../../../describe.js';
import { unknownName } from '../../../errors.js';
import type { Metric } from '../../../training/metrics/metric.js';
import { metricNamed, metricNames } from '../../../training/metrics/registry.js';
import {
  camelCase,
  type Fields,
  type Place,
  plainName,
  refuse,
  serialize,
  serialized,
  snakeCase,
} from '../dialect.js';

/** A metric or its name, as `compile` takes it. */
export type ReadMetric = Metric | string;

/** Names of tf.keras for ours. */
const NAMES: Readonly<Record<string, string>> = {
  acc: 'accuracy',
  meanmetricwrapper: '',
  fbeta: '',
};

/** Options that change nothing with these values. */
const NOTHING: Readonly<Record<string, readonly unknown[]>> = {
  dtype: [],
  fn: [],
  summation_method: ['interpolation'],
  multi_label: [false],
  num_labels: [],
  label_weights: [],
  from_logits: [false],
  thresholds: [0.5],
};

/** Keras's classes for ours, where a capital letter in front does not make them. */
const CLASSES: Readonly<Record<string, string>> = {
  auc: 'AUC',
  topKCategoricalAccuracy: 'TopKCategoricalAccuracy',
  sparseTopKCategoricalAccuracy: 'SparseTopKCategoricalAccuracy',
};

/** A metric of a file as ours. @throws FormatError, UnknownNameError */
export function readMetric(place: Place, value: unknown): ReadMetric {
  const given = serialized(value) ?? refuse(place, `metrics: expected a name, got ${describeValue(value)}`);
  const { config } = given;
  const wrapped = plainName(given.className) === 'meanmetricwrapper' ? String(config.fn) : given.className;
  const plain = NAMES[plainName(wrapped)] ?? plainName(wrapped);
  const known = metricNames();
  const name = known.find((ours) => plainName(ours) === plain);
  if (name === undefined) throw unknownName(`${place.where}: metrics`, 'name', wrapped, known);
  if (typeof value === 'string') return name;
  const options: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(config)) {
    if (option === null || (Array.isArray(option) && option.length === 0)) continue;
    const allowed = NOTHING[key];
    const one = Array.isArray(option) && option.length === 1 ? option[0] : option;
    if (
      allowed === undefined ||
      (key === 'thresholds' && !allowed.includes(one) && typeof one === 'number')
    ) {
      options[camelCase(key)] = one;
    } else if (allowed.length > 0 && !allowed.includes(one) && !(key === 'thresholds' && name === 'auc')) {
      refuse(
        place,
        `metric ${wrapped}: ${key} is ${describeValue(option)}; read is ${allowed.join(' or ')} alone`,
      );
    }
  }
  if (name === 'accuracy') return name;
  return metricNamed(place.where, name)(options);
}

/** Our metric in Keras's words. @throws FormatError for one that Keras has not, or of the user's own */
export function writeMetric(place: Place, metric: Metric): unknown {
  const { metric: name, ...options } = (metric.config ?? {}) as Fields & { metric?: string };
  if (typeof name !== 'string' || !metricNames().includes(name) || name === 'perplexity') {
    return refuse(place, `metric '${metric.name}' is none that Keras has`);
  }
  // The name under which it was asked for is one that Keras knows.
  if (metric.name === 'accuracy') return 'accuracy';
  if (place.family === 'tfjs') return snakeCase(name);
  const className = CLASSES[name] ?? name[0].toUpperCase() + name.slice(1);
  const config = Object.entries(options).map(([key, option]) => [snakeCase(key), option]);
  return serialize(place, 'keras.metrics', className, Object.fromEntries(config));
}
