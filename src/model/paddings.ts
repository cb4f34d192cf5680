import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import { sizeOf } from '../shape.js';
import type { Samples } from './inputs.js';

// Masks that begin at an input inside the graph: the steps that count are known from the data before any kernel runs.

/** What a step of an input holds that does not count, one number for each of its uses; empty if it counts for one. */
export function paddingsOf(value: SymbolicTensor, nodes: readonly Node[]): readonly number[] {
  const found = new Set<number>();
  for (const { layer, inputs } of nodes) {
    if (layer === null || !inputs.includes(value)) continue;
    const padding = layer.definition.padding?.(layer.config) ?? null;
    if (padding === null) return [];
    found.add(padding);
  }
  return [...found];
}

/** Steps of each sample up to the last that counts for some use of the input; null where none can be told. */
export function countSteps(
  samples: Omit<Samples, 'counted'>,
  paddings: readonly number[],
): Uint32Array | null {
  if (paddings.length === 0) return null;
  const { data, count, shape, lengths } = samples;
  const size = sizeOf(shape);
  const features = size / shape[0];
  const counted = new Uint32Array(count);
  for (let s = 0; s < count; s++) {
    const most = lengths === null ? shape[0] : lengths[s];
    for (const padding of paddings) {
      const start = s * size + counted[s] * features;
      let at = s * size + most * features - 1;
      while (at >= start && data[at] === padding) at--;
      if (at >= start) counted[s] = Math.floor((at - s * size) / features) + 1;
    }
  }
  return counted;
}
