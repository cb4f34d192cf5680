import { ShapeError } from '../errors.js';
import { gatherRows } from '../memory/gather.js';
import { checkRanges } from '../model/inputs.js';
import type { Tensor } from '../tensor.js';
import type { Batch } from './batches.js';
import type { Dataset } from './data.js';
import type { Trainer } from './trainer.js';

/** What an {@link Augment} is told beside the inputs. */
export interface AugmentContext {
  /** Batches trained on since the model was made. */
  readonly step: number;
  /** Epochs trained since the model was made. */
  readonly epoch: number;
  /** The model's seed. Random numbers that depend on it and the step are the same when training is resumed. */
  readonly seed: number;
  /** Per input, steps of each sample that count; null for all. */
  readonly lengths: Readonly<Record<string, Uint32Array | null>>;
}

/**
 * Changes the inputs of a batch, by name and in place, before it is trained on: noise, shifts, or steps that the model
 * has made itself. Targets stay.
 */
export type Augment = (inputs: Readonly<Record<string, Tensor>>, context: AugmentContext) => void;

/**
 * A batch as data of its own, with its inputs changed.
 * @throws DataError when an id is out of range then; what the function throws
 */
export function augmentBatch(
  trainer: Trainer,
  data: Dataset,
  order: Uint32Array | null,
  { from, count }: Batch,
  augment: Augment,
): Dataset {
  const { graph, seed } = trainer.network;
  const rows = (values: Float32Array): Float32Array => {
    const width = values.length / data.count;
    const own = new Float32Array(count * width);
    gatherRows(own, values, order, from, count, width);
    return own;
  };
  const numbers = (list: Uint32Array | null): Uint32Array | null =>
    list && Uint32Array.from({ length: count }, (_, b) => list[order === null ? from + b : order[from + b]]);
  const inputs = data.inputs.map((samples) => ({
    ...samples,
    data: rows(samples.data),
    count,
    lengths: numbers(samples.lengths),
    counted: numbers(samples.counted),
  }));
  const names = graph.inputNames;
  const tensors = inputs.map(({ data: own, shape }) => ({ data: own, shape: [count, ...shape] }));
  augment(Object.fromEntries(names.map((name, i) => [name, tensors[i]])), {
    step: trainer.step,
    epoch: trainer.epoch,
    seed,
    lengths: Object.fromEntries(names.map((name, i) => [name, inputs[i].lengths])),
  });
  const moved = tensors.findIndex((tensor, i) => tensor.data !== inputs[i].data);
  if (moved >= 0) throw new ShapeError(`fit: augment: input '${names[moved]}' is to be changed in place`);
  checkRanges(
    'fit: augment',
    graph,
    names.map((_, i) => i),
    inputs,
  );
  return {
    count,
    inputs,
    targets: data.targets.map((targets) => ({ ...targets, data: rows(targets.data), count })),
    weights: data.weights.map((weights) => weights && { ...weights, data: rows(weights.data) }),
    outputShapes: data.outputShapes,
  };
}
