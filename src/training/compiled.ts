import { checkList, checkNumber } from '../check.js';
import { checkOptionNames, unknownName, ValueError } from '../errors.js';
import type { Graph } from '../model/graph.js';
import { checkLosses } from './losses/fit-outputs.js';
import type { Loss } from './losses/loss.js';
import type { LossName } from './losses/registry.js';
import { getMetrics, metricContext } from './metrics/list.js';
import { type Metric, OwnMetric } from './metrics/metric.js';
import type { MetricName } from './metrics/registry.js';
import { lossFrom, type Names, optimizerFrom } from './names.js';
import type { Optimizer } from './optimizers/index.js';

/** A loss or its name. */
export type LossSpec = Loss | LossName;

/** A metric or its name. */
export type MetricSpec = Metric | MetricName;

/** Options of `model.compile`. */
export interface CompileOptions {
  /** An optimizer or its name, such as `adam({ learningRate: 1e-3 })` or 'adam'. Default 'rmsprop', as in Keras. */
  optimizer?: Optimizer | string;
  /** A loss or its name; with several outputs a list, one for each, or a record by the names of the outputs. */
  loss: LossSpec | readonly LossSpec[] | Readonly<Record<string, LossSpec>>;
  /** Weight of each output's loss in the sum: a list, or a record by output. Default 1 each. */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** Metrics or their names; with several outputs a list of lists, or a record of lists by output. Default none. */
  metrics?:
    | readonly MetricSpec[]
    | readonly (readonly MetricSpec[])[]
    | Readonly<Record<string, readonly MetricSpec[]>>;
}

/** Options of `compile` as values: what names stand for is imported, and nothing else. */
export interface ValueCompileOptions extends CompileOptions {
  /** An optimizer, such as `adam({ learningRate: 1e-3 })`. */
  optimizer: Optimizer;
  /** A loss; with several outputs a list, one for each, or a record by the names of the outputs. */
  loss: Loss | readonly Loss[] | Readonly<Record<string, Loss>>;
  /** Metrics; with several outputs a list of lists, or a record of lists by output. Default none. */
  metrics?: readonly Metric[] | readonly (readonly Metric[])[] | Readonly<Record<string, readonly Metric[]>>;
}

/** What compile settled: everything but memory. */
export interface Compiled {
  readonly optimizer: Optimizer;
  /** One per output. */
  readonly losses: readonly Loss[];
  readonly lossWeights: readonly number[];
  /** Per output. */
  readonly metrics: readonly (readonly Metric[])[];
  /** The same once more, so that an evaluation within an epoch leaves what the epoch has gathered alone. */
  readonly evaluationMetrics: readonly (readonly Metric[])[];
}

/**
 * Checks the options of compile against the outputs of a graph.
 * @throws ValueError, UnknownNameError; ShapeError for a metric that cannot compare such outputs
 */
export function resolveCompile(graph: Graph, options: CompileOptions, names: Names): Compiled {
  checkOptionNames('compile', options, ['optimizer', 'loss', 'lossWeights', 'metrics']);
  const count = graph.outputs.length;
  const given = isByOutput(options.loss) ? byOutput(graph, 'loss', options.loss) : options.loss;
  const specs: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (specs.length !== count) {
    throw new ValueError(
      `compile: loss has ${specs.length} entries, expected ${count}, one for each output: ` +
        graph.outputNames.join(', '),
    );
  }
  const losses = specs.map((spec) => lossFrom(names, spec));
  checkLosses(graph, losses);
  const { lossWeights = losses.map(() => 1), metrics = [] } = options;
  const weights = isByOutput(lossWeights)
    ? byOutput(graph, 'lossWeights', lossWeights, 1)
    : checkList('compile', 'lossWeights', lossWeights);
  if (weights.length !== count) {
    throw new ValueError(`compile: lossWeights has ${weights.length} entries, expected ${count}`);
  }
  const lists = metricLists(graph, metrics).map((list, i) => {
    const { shape } = graph.outputs[i];
    const outputs = shape[shape.length - 1] as number;
    const context = metricContext(losses[i], outputs);
    const where = count === 1 ? 'compile' : `compile: output '${graph.outputNames[i]}'`;
    return getMetrics(list, context, names, where);
  });
  return {
    optimizer: optimizerFrom(names, options.optimizer ?? names.usualOptimizer),
    losses,
    lossWeights: weights.map((weight, i) => checkNumber('compile', `lossWeights[${i}]`, weight)),
    metrics: lists,
    evaluationMetrics: lists.map(twins),
  };
}

/** Whether an option is a record by output; a loss of its own is an object too. */
function isByOutput(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('kernel' in value);
}

/**
 * The entries of a record in the order of the outputs.
 * @param otherwise for outputs that it does not name
 * @throws UnknownNameError for what is no output, ValueError where one is missing that must be there
 */
function byOutput(
  { outputNames }: Graph,
  option: string,
  given: Readonly<Record<string, unknown>>,
  otherwise?: unknown,
): unknown[] {
  const unknown = Object.keys(given).find((name) => !outputNames.includes(name));
  if (unknown !== undefined) throw unknownName(`compile: ${option}`, 'output', unknown, outputNames);
  return outputNames.map((name) => {
    if (Object.hasOwn(given, name)) return given[name];
    if (otherwise !== undefined) return otherwise;
    throw new ValueError(`compile: ${option} lacks an entry for output '${name}'`);
  });
}

/** Metrics of their own for evaluation; one that a user wrote cannot be made again and serves for both. */
export function twins(metrics: readonly Metric[]): Metric[] {
  return metrics.map((metric) => (metric instanceof OwnMetric ? metric.twin() : metric));
}

/** A list of metrics per output: the one list there is for each of them, or a list of lists. */
function metricLists(graph: Graph, metrics: unknown): readonly (readonly unknown[])[] {
  const list = isByOutput(metrics)
    ? byOutput(graph, 'metrics', metrics, [])
    : checkList('compile', 'metrics', metrics);
  if (!list.some(Array.isArray)) return graph.outputs.map(() => list);
  if (list.length !== graph.outputs.length) {
    throw new ValueError(
      `compile: metrics has ${list.length} lists, expected ${graph.outputs.length}, one for each output: ` +
        graph.outputNames.join(', '),
    );
  }
  return list.map((entry, i) => checkList('compile', `metrics[${i}]`, entry));
}
