import { MaskError } from '../errors.js';
import { applyMaskRule } from '../layers/mask-rule.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { NamedLayer } from './graph.js';

/** What is known of the mask of a value before any data. */
export interface MaskedValue {
  /** Positions of the model's inputs whose lengths are in it. */
  readonly inputs: readonly number[];
  /** Whether its step t stands for step t of those inputs. */
  readonly aligned: boolean;
}

/** The values of a graph that have a mask. */
export type MaskedValues = ReadonlyMap<SymbolicTensor, MaskedValue>;

/** What {@link followMasks} reads of a graph. */
interface Nodes {
  readonly inputs: readonly SymbolicTensor[];
  readonly nodes: readonly Node[];
  named(node: Node): NamedLayer;
}

/**
 * Follows masks through the layers of a graph.
 *
 * @param lengths per input, whether it has a mask from the start
 * @throws MaskError that names the layer at which a mask has to stop
 */
export function followMasks(graph: Nodes, lengths: readonly boolean[] = []): MaskedValues {
  const found = new Map<SymbolicTensor, MaskedValue>();
  graph.inputs.forEach((value, i) => {
    if (lengths[i]) found.set(value, { inputs: [i], aligned: true });
  });
  for (const node of graph.nodes) {
    if (node.layer === null) continue;
    const { definition, config } = node.layer;
    const given = node.inputs.map((value) => found.has(value));
    const shapes = node.inputs.map((value) => value.shape);
    const outcome = applyMaskRule(definition.masks, config, given, shapes);
    if ('refuses' in outcome) {
      throw new MaskError(`${graph.named(node).name}: cannot take a mask: ${outcome.refuses}`);
    }
    const sources = node.inputs.flatMap((value) => found.get(value) ?? []);
    const inputs = [...new Set(sources.flatMap((source) => source.inputs))];
    const aligned = sources.every((source) => source.aligned);
    node.outputs.forEach((value, i) => {
      const has = outcome[i];
      if (has) found.set(value, { inputs, aligned: aligned && has !== 'moved' });
    });
  }
  return found;
}
