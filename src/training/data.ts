import { DataError, ShapeError, ValueError } from '../errors.js';
import { endsOf } from '../model/batch-data.js';
import type { Graph } from '../model/graph.js';
import { listByName, type ModelInputs, resolveInputs, type Samples } from '../model/inputs.js';
import type { Lengths } from '../model/lengths.js';
import type { Shape } from '../shape.js';
import type { TensorLike } from '../tensor.js';
import { findNonFinite } from './batches.js';
import { classWeightToSampleWeight } from './class-weight.js';
import type { Loss } from './losses/loss.js';
import { type RowWeights, resolveTargets, resolveWeights, rowsOf, type Targets } from './targets.js';

/** Targets: one value, or a list or a record by output layer where the model has several outputs. */
export type ModelTargets = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;

/** Inputs, targets and weights of a call, all checked. */
export interface Dataset {
  readonly count: number;
  readonly inputs: readonly Samples[];
  readonly targets: readonly Targets[];
  /** One per output; null where every row weighs 1. */
  readonly weights: readonly (RowWeights | null)[];
  /** Concrete shape of one sample of each output. */
  readonly outputShapes: readonly Shape[];
}

/** What can be asked of {@link resolveData}. */
export interface DataOptions {
  readonly sampleWeight?: TensorLike;
  readonly lengths?: Lengths;
  /** True looks for NaN and Infinity in inputs and targets. */
  readonly checkFinite: boolean;
}

/**
 * Checks everything that fit, evaluate and trainOnBatch are given.
 * @throws ShapeError or DataError that names the call, the layer and the place
 */
export function resolveData(
  where: string,
  graph: Graph,
  losses: readonly Loss[],
  x: ModelInputs,
  y: ModelTargets,
  options: DataOptions,
): Dataset {
  const inputs = resolveInputs(where, graph, x, options.lengths);
  const count = inputs[0].count;
  if (count === 0) throw new ShapeError(`${where}: the data has no samples`);
  const shapes = graph.shapesFor(inputs.map((s) => s.shape));
  const outputShapes = graph.outputs.map((value) => shapes.get(value) as Shape);
  const names = graph.outputNames;
  const list = names.length === 1 ? [y] : listByName(where, 'target', y, names);
  const label = (i: number): string => (names.length === 1 ? where : `${where}: output '${names[i]}'`);
  inputs.forEach((samples, i) => {
    if (options.checkFinite)
      checkFinite(`${where}: ${graph.inputNames[i]}`, samples.data, count, samples.shape);
  });
  const targets = list.map((value, i) => resolveTargets(label(i), value, count, outputShapes[i], losses[i]));
  targets.forEach((t, i) => {
    if (options.checkFinite) checkFinite(`${label(i)}: target`, t.data, count, t.shape);
  });
  const { sampleWeight } = options;
  const weights = outputShapes.map((shape, i) =>
    sampleWeight === undefined ? null : resolveWeights(label(i), sampleWeight, count, shape, targets[i]),
  );
  targets.forEach((t, i) => {
    checkSteps(label(i), losses[i], t, stepsOf(graph, inputs, outputShapes, i));
  });
  return { count, inputs, targets, weights, outputShapes };
}

function checkFinite(where: string, data: Float32Array, count: number, shape: Shape): void {
  const fault = findNonFinite(data, [count, ...shape]);
  if (fault === null) return;
  const step = fault.step === undefined ? '' : `, step ${fault.step}`;
  throw new DataError(
    `${where} of sample ${fault.sample}${step}, feature ${fault.feature} is ${fault.value}; ` +
      'expected finite numbers (checkFinite: false skips this check)',
  );
}

/** Steps that each sample of an output has, as far as lengths and masks of the inputs show. */
function stepsOf(
  graph: Graph,
  inputs: readonly Samples[],
  outputShapes: readonly Shape[],
  output: number,
): (sample: number) => number {
  const [T] = outputShapes[output];
  const ends = endsOf(graph, graph.maskedWith(inputs.map((s) => s.lengths !== null)))[output];
  const lists = ends.flatMap((i) => inputs[i].lengths ?? inputs[i].counted ?? []);
  if (lists.length === 0) return () => T;
  return (sample) => Math.min(T, Math.max(...lists.map((list) => list[sample])));
}

/** Throws where the label of a sample cannot be said in its steps. */
function checkSteps(where: string, loss: Loss, targets: Targets, steps: (sample: number) => number): void {
  const { sequence } = loss;
  if (sequence === null || sequence.padding === null) return;
  const { data, labels, count } = targets;
  for (let s = 0; s < count; s++) {
    const needed = sequence.stepsNeeded(data.subarray(s * labels, (s + 1) * labels));
    if (needed <= steps(s)) continue;
    throw new DataError(
      `${where}: ${loss.name}: the label of sample ${s} needs ${needed} steps, its sequence has ${steps(s)}; ` +
        'zeroInfinity: true lets such samples count for nothing',
    );
  }
}

/**
 * The same data with the weights of its rows multiplied by those of their classes.
 * @throws ValueError for a weight or class index that cannot be, or a model with several outputs
 */
export function withClassWeight(where: string, data: Dataset, classWeight: unknown): Dataset {
  if (classWeight === undefined) return data;
  const { targets, weights, outputShapes, count } = data;
  if (targets.length > 1) {
    throw new ValueError(
      `${where}: classWeight is for models with one output, this one has ${targets.length}`,
    );
  }
  const [target] = targets;
  if (target.wholeSequences) {
    throw new ValueError(`${where}: classWeight is for losses over rows, this one is over whole sequences`);
  }
  const rows = rowsOf(outputShapes[0]);
  const columns = target.shape[target.shape.length - 1];
  const sample = weights[0]?.data ?? null;
  const byClass = classWeightToSampleWeight(target.data, count * rows, columns, classWeight, sample, where);
  return { ...data, weights: [{ data: byClass, rows }] };
}

/** The samples from one position to another, as views. */
export function sliceDataset(data: Dataset, from: number, to: number): Dataset {
  const part = (values: Float32Array): Float32Array => {
    const size = values.length / data.count;
    return values.subarray(from * size, to * size);
  };
  return {
    count: to - from,
    inputs: data.inputs.map((s) => ({
      ...s,
      data: part(s.data),
      count: to - from,
      lengths: s.lengths?.subarray(from, to) ?? null,
      counted: s.counted?.subarray(from, to) ?? null,
    })),
    targets: data.targets.map((t) => ({ ...t, data: part(t.data), count: to - from })),
    weights: data.weights.map((w) => w && { ...w, data: part(w.data) }),
    outputShapes: data.outputShapes,
  };
}
