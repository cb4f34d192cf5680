import type { Layer } from '../../../layers/layer.js';
import { concatenate } from '../../../layers/merge/index.js';
import { repeatVector, reshape, reverse, slice } from '../../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Builder } from '../node.js';
import { widthOf } from './reader.js';

const configOf = <C>(layer: Layer): C => layer.config as unknown as C;

/** A vector with another number of axes of size 1. */
export function asVector(list: Builder, x: SymbolicTensor, targetShape: readonly number[]): SymbolicTensor {
  if (x.shape.length === targetShape.length) return x;
  return list.layer('reshape', null, (name) => reshape({ targetShape, name })).apply(x);
}

/** Step t of a sequence, as a vector. */
export function stepOf(list: Builder, sequence: SymbolicTensor, t: number): SymbolicTensor {
  const size = sequence.shape[1] as number;
  if (sequence.shape[0] === 1) return asVector(list, sequence, [size]);
  const make = (name: string): Layer => slice({ start: t, size: 1, axis: 1, name });
  return asVector(list, list.layer('slice', null, make).apply(sequence), [size]);
}

/** Where a vector comes from: one step of a sequence. */
interface Origin {
  readonly sequence: SymbolicTensor;
  readonly step: number;
}

/** The sequence that a vector is a step of, through layers that only move it; null where there is none. */
export function originOf(vector: SymbolicTensor, width: number): Origin | null {
  let at = vector;
  let step = 0;
  let cut = false;
  for (;;) {
    const { layer, inputs } = at.node;
    const [x] = inputs;
    if (layer?.definition.type === 'reshape' && widthOf(at) === width && widthOf(x) === width) at = x;
    else if (layer?.definition.type === 'slice' && at.shape.length === 2) {
      const { start, axis } = configOf<{ start: number; axis: number }>(layer);
      if (axis !== 1 || x.shape[1] !== width) break;
      step += start;
      cut = true;
      at = x;
    } else if (!cut && layer !== null && isStateOf(at)) {
      // The state behind the last step is what a sequence of outputs ends with.
      const [y] = at.node.outputs;
      if (y.shape.length !== 2 || typeof y.shape[0] !== 'number') break;
      return { sequence: y, step: y.shape[0] - 1 };
    } else break;
  }
  return at.shape.length === 2 && at.shape[1] === width && (cut || at.shape[0] === 1)
    ? { sequence: at, step }
    : null;
}

/** Whether a value is the state h that a recurrent layer gives beside its outputs. */
function isStateOf({ node, index }: SymbolicTensor): boolean {
  return index === 1 && ['lstm', 'gru', 'simpleRNN'].includes(node.layer?.definition.type ?? '');
}

/** Vectors that are steps of one sequence in its order, or against it. */
export interface Run {
  readonly sequence: SymbolicTensor;
  readonly backwards: boolean;
}

/** The sequence whose steps some vectors are, one after the other; null where they are none. */
export function runOf(list: Builder, vectors: readonly SymbolicTensor[], width: number): Run | null {
  const origins: Origin[] = [];
  for (const vector of vectors) {
    const origin = originOf(vector, width);
    if (origin === null || (origins.length > 0 && origin.sequence !== origins[0].sequence)) return null;
    origins.push(origin);
  }
  const [{ sequence, step }] = origins;
  const way = origins.length > 1 ? origins[1].step - step : 1;
  if (Math.abs(way) !== 1 || origins.some((one, i) => one.step !== step + way * i)) return null;
  const size = vectors.length;
  const start = way === 1 ? step : step - size + 1;
  if (sequence.shape[0] === size) return { sequence, backwards: way === -1 };
  const make = (name: string): Layer => slice({ start, size, axis: 1, name });
  return { sequence: list.layer('slice', null, make).apply(sequence), backwards: way === -1 };
}

/** Steps in the other order. */
export const turned = (list: Builder, sequence: SymbolicTensor): SymbolicTensor =>
  list.layer('reverse', null, (name) => reverse({ name })).apply(sequence);

/** Vectors one after the other, as a sequence. */
export function stackedVectors(
  list: Builder,
  vectors: readonly SymbolicTensor[],
  width: number,
): SymbolicTensor {
  const [first] = vectors;
  if (vectors.length === 1) return asVector(list, first, [1, width]);
  if (vectors.every((vector) => vector === first)) {
    const n = vectors.length;
    const flat = asVector(list, first, [width]);
    return list.layer('repeatVector', null, (name) => repeatVector({ n, name })).apply(flat);
  }
  const parts = vectors.map((vector) => asVector(list, vector, [1, width]));
  return list.layer('concatenate', null, (name) => concatenate({ axis: 1, name })).apply(parts);
}

/** Features of several sequences side by side. */
export function besides(list: Builder, parts: readonly SymbolicTensor[]): SymbolicTensor {
  if (parts.length === 1) return parts[0];
  return list.layer('concatenate', null, (name) => concatenate({ name })).apply(parts);
}

/** Some features of a sequence. */
export function featuresOf(
  list: Builder,
  x: SymbolicTensor,
  { from, size }: { from: number; size: number },
): SymbolicTensor {
  if (x.shape[x.shape.length - 1] === size) return x;
  return list.layer('slice', null, (name) => slice({ start: from, size, name })).apply(x);
}
