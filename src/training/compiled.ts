import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import type { Graph } from '../model/graph.js';
import { type LossName, lossFrom } from './losses/index.js';
import type { Loss } from './losses/loss.js';
import type { Metric } from './metrics/metric.js';
import { getMetrics, type MetricName } from './metrics/registry.js';
import { type Optimizer, optimizerFrom } from './optimizers/index.js';

/** A loss or its name. */
export type LossSpec = Loss | LossName;

/** A metric or its name. */
export type MetricSpec = Metric | MetricName;

/** Options of `model.compile`. */
export interface CompileOptions {
  /** An optimizer or its name, such as `adam({ learningRate: 1e-3 })` or 'adam'. Default 'rmsprop', as in Keras. */
  optimizer?: Optimizer | string;
  /** A loss or its name; with several outputs a list, one for each. */
  loss: LossSpec | readonly LossSpec[];
  /** Weight of each output's loss in the sum. Default 1 each. */
  lossWeights?: readonly number[];
  /** Metrics or their names; with several outputs a list of lists. Default none. */
  metrics?: readonly MetricSpec[] | readonly (readonly MetricSpec[])[];
}

/** What compile settled: everything but memory. */
export interface Compiled {
  readonly optimizer: Optimizer;
  /** One per output. */
  readonly losses: readonly Loss[];
  readonly lossWeights: readonly number[];
  /** Per output. */
  readonly metrics: readonly (readonly Metric[])[];
}

/** Checks the options of compile against the outputs of a graph. */
export function resolveCompile(graph: Graph, options: CompileOptions): Compiled {
  checkOptionNames('compile', options, ['optimizer', 'loss', 'lossWeights', 'metrics']);
  const count = graph.outputs.length;
  const specs = Array.isArray(options.loss) ? (options.loss as LossSpec[]) : [options.loss as LossSpec];
  if (specs.length !== count) {
    throw new ValueError(`compile: loss has ${specs.length} entries, the model has ${count} outputs`);
  }
  const losses = specs.map((spec) => lossFrom(spec, 'compile'));
  graph.outputs.forEach((value) => {
    if (value.shape.length === 0 || value.shape[value.shape.length - 1] === null) {
      throw new ShapeError('compile: the last axis of an output must have a known size');
    }
  });
  const lossWeights = options.lossWeights ?? losses.map(() => 1);
  if (lossWeights.length !== count || !lossWeights.every((w) => Number.isFinite(w))) {
    throw new ValueError(
      `compile: lossWeights must be ${count} finite numbers, got [${lossWeights.join(', ')}]`,
    );
  }
  return {
    optimizer: optimizerFrom(options.optimizer ?? 'rmsprop'),
    losses,
    lossWeights: [...lossWeights],
    metrics: resolveMetrics(graph, losses, options.metrics ?? []),
  };
}

function resolveMetrics(
  graph: Graph,
  losses: readonly Loss[],
  metrics: readonly MetricSpec[] | readonly (readonly MetricSpec[])[],
): Metric[][] {
  const nested = metrics.length > 0 && metrics.every((entry) => Array.isArray(entry));
  const lists = nested
    ? (metrics as readonly (readonly MetricSpec[])[])
    : graph.outputs.map(() => metrics as readonly MetricSpec[]);
  if (lists.length !== graph.outputs.length) {
    throw new ValueError(
      `compile: metrics has ${lists.length} lists, the model has ${graph.outputs.length} outputs`,
    );
  }
  return lists.map((list, i) => {
    const shape = graph.outputs[i].shape;
    const outputs = shape[shape.length - 1] as number;
    const targetColumns = losses[i].targetColumns(outputs);
    return getMetrics(list, { outputs, targetColumns });
  });
}
