import { DataError } from '../errors.js';
import type { Graph } from './graph.js';
import type { Samples } from './inputs.js';

/** A layer that takes whole numbers from 0 to `limit − 1` straight from an input. */
export interface IdRange {
  readonly layer: string;
  /** Position of the input. */
  readonly input: number;
  readonly limit: number;
}

/** The ranges that a graph asks of its inputs: those of embeddings. */
export function idRanges(graph: Graph): IdRange[] {
  return graph.nodes.flatMap((node) => {
    const range = node.layer?.definition.inputRange?.(node.layer.config);
    const position = graph.inputs.indexOf(node.inputs[0]);
    if (range === undefined || position < 0) return [];
    return [{ layer: graph.named(node).name, input: position, limit: range.integersBelow }];
  });
}

/** Index of the first value that is no whole number from 0 to `limit − 1`, or −1. */
export function findOutside(values: ArrayLike<number>, limit: number): number {
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (!(v >= 0 && v < limit && Number.isInteger(v))) return i;
  }
  return -1;
}

/**
 * Checks what feeds a layer with a range of its own, such as the ids of an embedding.
 * @throws DataError that names the layer and the place
 */
export function checkRanges(where: string, graph: Graph, inputs: readonly Samples[]): void {
  for (const { layer, input, limit } of idRanges(graph)) {
    const { data, shape, count } = inputs[input];
    const bad = findOutside(data, limit);
    if (bad < 0) continue;
    const size = data.length / count;
    const step = shape.length > 0 ? `, step ${Math.floor(((bad % size) * shape[0]) / size)}` : '';
    throw new DataError(
      `${where}: ${layer}: input of sample ${Math.floor(bad / size)}${step} is ${data[bad]}, ` +
        `expected a whole number from 0 to ${limit - 1}`,
    );
  }
}
