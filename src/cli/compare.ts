import { RandomStream } from '../random/stream.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type AnyModel, networkOf } from './formats/format.js';

/** Samples of random input, and steps where the length is open. */
const SAMPLES = 3;
const STEPS = 7;
const SEED = 1;

/** How far apart what should be equal is. */
export interface Difference {
  /** Numbers that were compared. */
  readonly count: number;
  /** Largest absolute difference; NaN where one side has a number and the other NaN. */
  readonly largest: number;
  /** The same as a share of the largest number there is. */
  readonly relative: number;
}

/** Inputs for a model: normal numbers, or ids where it takes these; the same in every run. */
export function randomInputs(model: AnyModel): Tensor[] {
  const { graph } = networkOf(model);
  return graph.inputs.map((value, i) => {
    const shape: Shape = [SAMPLES, ...value.shape.map((size) => size ?? STEPS)];
    const stream = new RandomStream(SEED, i);
    const limit = graph.ranges.find(({ input }) => input === i)?.limit;
    const draw = limit === undefined ? () => stream.normal() : () => stream.below(limit);
    return { data: Float32Array.from({ length: sizeOf(shape) }, draw), shape };
  });
}

/** How far apart two lists of tensors are. Lists and shapes must agree. */
export function differenceOf(before: readonly Tensor[], after: readonly Tensor[]): Difference {
  let [count, largest, scale] = [0, 0, 0];
  before.forEach(({ data }, t) => {
    const other = after[t].data;
    for (let i = 0; i < data.length; i++) {
      count++;
      if (Object.is(data[i], other[i])) continue;
      largest = Math.max(largest, Math.abs(data[i] - other[i]));
    }
    for (const value of data) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  });
  return { count, largest, relative: largest === 0 ? 0 : largest / scale };
}

const outputsOf = (model: AnyModel, inputs: readonly Tensor[]): Tensor[] => {
  const outputs = model.predict(inputs.length === 1 ? inputs[0] : inputs);
  return Array.isArray(outputs) ? outputs : [outputs];
};

/** How far apart the outputs of two models are, on the same random input. */
export function compareModels(before: AnyModel, after: AnyModel): Difference {
  const inputs = randomInputs(before);
  return differenceOf(outputsOf(before, inputs), outputsOf(after, inputs));
}
