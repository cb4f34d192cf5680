import type { Arena } from '../memory/arena.js';
import { gatherRows, gatherTimeMajor, scatterTimeMajor } from '../memory/gather.js';
import { addressOf, type Ref, type Region } from '../program/region.js';
import { type Shape, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Graph } from './graph.js';
import type { Samples } from './inputs.js';
import type { MaskedValues } from './masks.js';

/** Where a program for one batch size finds its inputs and leaves its outputs. */
export interface BatchPlaces {
  readonly batch: number;
  readonly inputs: readonly Region[];
  /** Concrete shapes of one sample of each input, perhaps with fewer steps than the data has. */
  readonly inputShapes: readonly Shape[];
  /** Where the mask of an input goes, [T, B]; null for inputs without lengths. */
  readonly inputMasks: readonly (Region | null)[];
  readonly outputs: readonly Ref[];
  readonly outputShapes: readonly Shape[];
  /** Per output, the inputs at the end of whose sequences it ends. */
  readonly ends: readonly (readonly number[])[];
}

/** The inputs whose lengths say where an output ends. */
export function endsOf(graph: Graph, masked: MaskedValues): (readonly number[])[] {
  return graph.outputs.map((value) => {
    const mask = masked.get(value);
    return mask?.aligned === true ? mask.inputs : [];
  });
}

/**
 * Copies the first steps of rows of sample-major data into a batch: time-major for sequences.
 *
 * @param shape of one sample in the batch; the data may have more steps
 * @param size numbers of one sample in the data
 */
export function gatherSamples(
  target: Float32Array,
  data: Float32Array,
  order: Uint32Array | null,
  from: number,
  count: number,
  shape: Shape,
  size = sizeOf(shape),
): void {
  const own = sizeOf(shape);
  if (shape.length < 2) {
    gatherRows(target, data, order, from, count, own, size);
    return;
  }
  const features = own / shape[0];
  gatherTimeMajor(target, data, order, from, count, shape[0], features, size / features);
}

/** Copies a batch into place. What lies past the end of a sequence becomes 0, whatever it is. */
export function writeInputs(
  arena: Arena,
  bound: BatchPlaces,
  samples: readonly Samples[],
  order: Uint32Array | null,
  from: number,
): void {
  const { batch } = bound;
  samples.forEach(({ data, shape: whole, lengths }, i) => {
    const { address, floats } = bound.inputs[i];
    const target = arena.f32(address as number, floats);
    const shape = bound.inputShapes[i];
    gatherSamples(target, data, order, from, batch, shape, sizeOf(whole));
    const region = bound.inputMasks[i];
    if (lengths === null || region === null) return;
    const mask = arena.f32(region.address as number, region.floats);
    const own = Array.from({ length: batch }, (_, b) => lengths[order === null ? from + b : order[from + b]]);
    writeMask(mask, own);
    if (shape.length > 1) clearTimeMajor(target, own, floats / mask.length);
    else for (let b = 0; b < batch; b++) target.fill(0, b * shape[0] + own[b], (b + 1) * shape[0]);
  });
}

/** mask[t, b] = 1 for t below the length of sample b, else 0. */
function writeMask(mask: Float32Array, lengths: readonly number[]): void {
  const batch = lengths.length;
  for (let at = 0, t = 0; at < mask.length; at += batch, t++) {
    for (let b = 0; b < batch; b++) mask[at + b] = t < lengths[b] ? 1 : 0;
  }
}

/** x[t, b] = 0 past the length of sample b; x [T, batch, features]. */
function clearTimeMajor(x: Float32Array, lengths: readonly number[], features: number): void {
  const stride = lengths.length * features;
  lengths.forEach((length, b) => {
    for (let at = length * stride + b * features; at < x.length; at += stride) x.fill(0, at, at + features);
  });
}

/** Copies a batch of outputs out. Steps past the end of a sequence, by its length, are left 0. */
export function readOutputs(
  arena: Arena,
  bound: BatchPlaces,
  samples: readonly Samples[],
  outputs: readonly Tensor[],
  from: number,
): void {
  const { batch } = bound;
  bound.outputs.forEach((place, i) => {
    const shape = bound.outputShapes[i];
    const { data, shape: whole } = outputs[i];
    const size = sizeOf(shape);
    const source = arena.f32(addressOf(place), batch * size);
    if (shape.length < 2) {
      data.set(source, from * size);
      return;
    }
    const [T] = shape;
    const [, steps] = whole;
    const features = size / T;
    scatterTimeMajor(data, source, from, batch, T, features, steps);
    const lists = bound.ends[i].flatMap((input) => samples[input].lengths ?? []);
    if (lists.length === 0) return;
    for (let s = from; s < from + batch; s++) {
      const length = Math.min(T, Math.max(...lists.map((list) => list[s])));
      data.fill(0, (s * steps + length) * features, (s * steps + T) * features);
    }
  });
}
