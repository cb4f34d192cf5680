import { DataError, ShapeError } from '../errors.js';
import type { Graph } from '../model/graph.js';
import { type ModelInputs, resolveInputs, type Samples } from '../model/inputs.js';
import { checkRanges } from '../model/ranges.js';
import type { Shape } from '../shape.js';
import type { TensorLike } from '../tensor.js';
import { findNonFinite } from './batches.js';
import { type ClassWeight, classWeightToSampleWeight } from './class-weight.js';
import type { Loss } from './losses/loss.js';
import { type RowWeights, resolveTargets, resolveWeights, rowsOf, type Targets } from './targets.js';

/** Targets: one value, or a list (or a record by output layer) where the model has several outputs. */
export type ModelTargets = TensorLike | readonly TensorLike[];

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
  readonly classWeight?: ClassWeight;
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
  const inputs = resolveInputs(where, graph, x);
  const count = inputs[0].count;
  if (count === 0) throw new ShapeError(`${where}: the data has no samples`);
  const shapes = graph.shapesFor(inputs.map((s) => s.shape));
  const outputShapes = graph.outputs.map((value) => shapes.get(value) as Shape);
  const list = graph.outputs.length === 1 ? [y as TensorLike] : [...(y as readonly TensorLike[])];
  if (list.length !== graph.outputs.length) {
    throw new ShapeError(`${where}: got ${list.length} targets, expected ${graph.outputs.length}`);
  }
  const label = (i: number): string =>
    list.length === 1 ? where : `${where}: output ${graph.named(graph.outputs[i].node).name}`;
  inputs.forEach((samples, i) => {
    if (options.checkFinite)
      checkFinite(`${where}: ${graph.inputNames[i]}`, samples.data, count, samples.shape);
  });
  checkRanges(where, graph, inputs);
  const targets = list.map((value, i) => resolveTargets(label(i), value, count, outputShapes[i], losses[i]));
  targets.forEach((t, i) => {
    if (options.checkFinite) checkFinite(`${label(i)}: target`, t.data, count, t.shape);
  });
  const weights = targets.map((t, i) => rowWeights(label(i), t, count, outputShapes[i], options));
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

function rowWeights(
  where: string,
  targets: Targets,
  count: number,
  outputShape: Shape,
  options: DataOptions,
): RowWeights | null {
  const { sampleWeight, classWeight } = options;
  const given = sampleWeight === undefined ? null : resolveWeights(where, sampleWeight, count, outputShape);
  if (classWeight === undefined) return given;
  const rows = rowsOf(outputShape);
  const columns = targets.shape[targets.shape.length - 1];
  const sample = given?.data ?? null;
  const data = classWeightToSampleWeight(targets.data, count * rows, columns, classWeight, sample, where);
  return { data, rows };
}

/** The samples from one position to another, as views. */
export function sliceDataset(data: Dataset, from: number, to: number): Dataset {
  const part = (values: Float32Array): Float32Array => {
    const size = values.length / data.count;
    return values.subarray(from * size, to * size);
  };
  return {
    count: to - from,
    inputs: data.inputs.map((s) => ({ ...s, data: part(s.data), count: to - from })),
    targets: data.targets.map((t) => ({ ...t, data: part(t.data), count: to - from })),
    weights: data.weights.map((w) => w && { ...w, data: part(w.data) }),
    outputShapes: data.outputShapes,
  };
}
