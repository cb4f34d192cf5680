import { describeValue } from '../describe.js';
import { UnknownNameError, ValueError } from '../errors.js';
import { checkLoss, type Loss, type LossConfig } from './losses/loss.js';
import type { MetricContext } from './metrics/list.js';
import type { Metric, MetricConfig, NameOption } from './metrics/metric.js';
import { Optimizer } from './optimizers/optimizer.js';
import type { Schedule, Serialized } from './schedules/schedule.js';

/**
 * What names stand for: functions that make what is named. Each throws an UnknownNameError for a name that it does not
 * know. A table of all of them brings all of them, so a model is given the one it needs.
 */
export interface Names {
  /** The optimizer where none is given. */
  readonly usualOptimizer?: string;
  loss(where: string, name: string): (options?: Record<string, unknown>) => Loss;
  optimizer(where: string, name: string): (options?: never) => Optimizer;
  /** `context` where a user gave the name, so that it may be short or depend on what is compared. */
  metric(where: string, name: string, context?: MetricContext): (options?: NameOption) => Metric;
  schedule(name: string): (options: never) => Schedule;
}

function refuse(where: string, name: string, what: string, example: string): never {
  throw new UnknownNameError(
    `${where}: ${what} '${name}' is a name, and recurra/training has no table of names: pass what it stands for, ` +
      `such as ${example}, or import from 'recurra'`,
  );
}

/** No name stands for anything. */
export const NO_NAMES: Names = {
  loss: (where, name) => refuse(where, name, 'loss', 'meanSquaredError()'),
  optimizer: (where, name) => refuse(where, name, 'optimizer', 'adam()'),
  metric: (where, name) => refuse(where, name, 'metric', 'metrics.binaryAccuracy()'),
  schedule: (name) => refuse('learningRate', name, 'schedule', 'cosineDecay({ ... })'),
};

/**
 * The loss that a name stands for, or the loss itself.
 *
 * @param where what an error names first, such as `compile`
 * @throws UnknownNameError; ValueError for what is neither
 */
export function lossFrom(names: Names, loss: unknown, where = 'compile'): Loss {
  return typeof loss === 'string' ? names.loss(where, loss)() : checkLoss(where, loss);
}

/**
 * The loss that `name` and `config` of a {@link Loss} describe, as a saved model holds them.
 *
 * @throws UnknownNameError for an unknown name or option, ValueError for a value that is not allowed
 */
export function lossFromConfig(names: Names, name: string, config: LossConfig): Loss {
  return names.loss('load', name)({ ...config });
}

/** A metric from its {@link Metric.config}.   @throws UnknownNameError when it names no known metric */
export function metricFromConfig(names: Names, config: MetricConfig): Metric {
  const { metric, ...options } = config;
  return names.metric('load', String(metric))(options);
}

/** Makes a schedule again.   @throws UnknownNameError, ValueError */
export function scheduleFrom(names: Names, { name, config }: Serialized): Schedule {
  return names.schedule(name)(config as never);
}

/**
 * An optimizer as users and files give it: one that exists, a name, or a saved `{ name, config }`.
 *
 * @throws UnknownNameError, ValueError
 */
export function optimizerFrom(names: Names, spec: unknown): Optimizer {
  if (spec instanceof Optimizer) return spec;
  if (typeof spec === 'string') return names.optimizer('compile', spec)();
  const { name, config = {} } = (spec ?? {}) as Partial<Serialized>;
  if (typeof name !== 'string') {
    throw new ValueError(
      `compile: optimizer must be a name or an optimizer such as adam(), got ${describeValue(spec)}`,
    );
  }
  const { learningRate } = config;
  const isSchedule = typeof learningRate === 'object' && learningRate !== null && 'config' in learningRate;
  const rate = isSchedule ? scheduleFrom(names, learningRate as unknown as Serialized) : learningRate;
  const options = learningRate === undefined ? config : { ...config, learningRate: rate };
  return names.optimizer('load', name)(options as never);
}
