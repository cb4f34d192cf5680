import { MaskError } from '../errors.js';
import { applyMaskRule } from '../layers/mask-rule.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { NamedLayer } from './graph.js';

/** The values of a graph that have a mask. */
export type MaskedValues = ReadonlySet<SymbolicTensor>;

/**
 * Follows masks through the layers of a graph.
 *
 * @param nodes in an order in which they can run
 * @param inputs the inputs that have a mask from the start, by lengths
 * @throws MaskError that names the layer at which a mask has to stop
 */
export function followMasks(
  nodes: readonly Node[],
  named: (node: Node) => NamedLayer,
  inputs: readonly SymbolicTensor[] = [],
): MaskedValues {
  const masked = new Set<SymbolicTensor>(inputs);
  for (const node of nodes) {
    if (node.layer === null) continue;
    const { definition, config } = node.layer;
    const given = node.inputs.map((value) => masked.has(value));
    const shapes = node.inputs.map((value) => value.shape);
    const outcome = applyMaskRule(definition.masks, config, given, shapes);
    if ('refuses' in outcome) {
      throw new MaskError(`${named(node).name}: cannot take a mask: ${outcome.refuses}`);
    }
    node.outputs.forEach((value, i) => {
      if (outcome[i] === true) masked.add(value);
    });
  }
  return masked;
}
