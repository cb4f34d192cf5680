import type { Value } from './network.js';

/** Steps [B, T] that count; where a sequence has no mask, all. */
export function maskOf({ mask, shape: [B, T] }: Value): Float64Array {
  return mask ?? new Float64Array(B * T).fill(1);
}

/** The mask in the other order of time. */
export function reversedMask({ mask, shape: [, T] }: Value): Float64Array | undefined {
  return mask?.map((_, i) => mask[Math.floor(i / T) * T + T - 1 - (i % T)]);
}

function masking({ maskValue }: { maskValue: number }, [x]: readonly Value[]): Value[] {
  const I = x.shape[2];
  const given = maskOf(x);
  const mask = given.map((m, r) =>
    m && x.data.subarray(r * I, (r + 1) * I).some((v) => v !== maskValue) ? 1 : 0,
  );
  return [{ data: x.data.map((v, i) => (mask[Math.floor(i / I)] ? v : 0)), shape: x.shape, mask }];
}

function lastStep(_config: object, [x]: readonly Value[]): Value[] {
  const [B, T, I] = x.shape;
  const mask = maskOf(x);
  const data = new Float64Array(B * I);
  for (let b = 0; b < B; b++) {
    const t = mask.subarray(b * T, (b + 1) * T).lastIndexOf(1);
    if (t >= 0) data.set(x.data.subarray((b * T + t) * I, (b * T + t + 1) * I), b * I);
  }
  return [{ data, shape: [B, I] }];
}

/** Layers about masks, in f64. */
export const REFERENCE_MASKS = { masking, lastStep };

/** Layers that look at each step by itself: the mask stays with the sequence. */
const PASSING = [
  'dense',
  'activation',
  'dropout',
  'layerNormalization',
  'rmsNormalization',
  'timeDistributed',
];
/** Layers of several inputs: a step counts where it counts in any. */
const MERGING = ['add', 'subtract', 'average', 'maximum', 'minimum', 'multiply'];

/** Layers that leave out an input at steps which do not count, and what they begin with. */
const LEAVING: Readonly<Record<string, [(a: number, b: number) => number, number]>> = {
  maximum: [Math.max, Number.NEGATIVE_INFINITY],
  minimum: [Math.min, Number.POSITIVE_INFINITY],
  multiply: [(a, b) => a * b, 1],
};

/** Values that a layer of {@link LEAVING} makes of the inputs that count; 0 where none does. */
function merged(type: string, inputs: readonly Value[]): Float64Array {
  const [{ data, shape }] = inputs;
  const width = data.length / (shape[0] * shape[1]);
  const [merge, start] = LEAVING[type];
  return data.map((_, i) => {
    const left = inputs.filter(({ mask }) => mask?.[Math.floor(i / width)] !== 0);
    return left.length === 0 ? 0 : left.reduce((y, x) => merge(y, x.data[i]), start);
  });
}

/** The outputs of a layer with the masks that follow from those of its inputs. */
export function withMasks(type: string, inputs: readonly Value[], outputs: readonly Value[]): Value[] {
  const [first, ...others] = outputs;
  const masks = inputs.map(({ mask }) => mask);
  if (PASSING.includes(type) && masks[0]) return [{ ...first, mask: masks[0] }, ...others];
  if (type in LEAVING && masks.some((mask) => mask !== undefined)) {
    const data = merged(type, inputs);
    if (masks.includes(undefined)) return [{ ...first, data }];
    const mask = maskOf(inputs[0]).map((_, i) => (masks.some((m) => m?.[i] === 1) ? 1 : 0));
    return [{ ...first, data, mask }];
  }
  if (MERGING.includes(type) && !masks.includes(undefined)) {
    const mask = maskOf(inputs[0]).map((_, i) => (masks.some((m) => m?.[i] === 1) ? 1 : 0));
    return [{ ...first, mask }, ...others];
  }
  return [...outputs];
}

/** A sequence in f64 of which the first steps count, `lengths` of them; what follows is 0. */
export function cutValue({ data, shape }: Value, lengths: ArrayLike<number>): Value {
  const [B, T] = shape;
  const mask = Float64Array.from({ length: B * T }, (_, i) => (i % T < lengths[Math.floor(i / T)] ? 1 : 0));
  const width = data.length / mask.length;
  return { data: data.map((v, i) => (mask[Math.floor(i / width)] ? v : 0)), shape, mask };
}

/** Mean of (prediction − target)² over the rows that count. */
export function maskedSquaredError({ data, mask }: Value, target: Float64Array): number {
  const steps = mask ?? new Float64Array(1).fill(1);
  const width = data.length / steps.length;
  let [sum, count] = [0, 0];
  data.forEach((v, i) => {
    if (!steps[Math.floor(i / width)]) return;
    sum += (v - target[i]) ** 2;
    count++;
  });
  return count === 0 ? 0 : sum / count;
}
