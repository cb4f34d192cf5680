import type { Layer } from '../../../layers/layer.js';
import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';

/** What owns uses: a layer, or the node of an input. */
export type Owner = Layer | Node;

export const ownerOf = (node: Node): Owner => node.layer ?? node;

/** Uses in the order in which they are met from the outputs, each behind its inputs; owners as they are first met. */
function visit(outputs: readonly SymbolicTensor[]): { nodes: Node[]; met: Map<Owner, number> } {
  const nodes: Node[] = [];
  const met = new Map<Owner, number>();
  const begun = new Set<Node>();
  for (const output of outputs) {
    const path = [{ node: output.node, next: 0 }];
    while (path.length > 0) {
      const place = path[path.length - 1];
      const { node } = place;
      if (place.next === 0) {
        if (begun.has(node)) {
          path.pop();
          continue;
        }
        begun.add(node);
        if (!met.has(ownerOf(node))) met.set(ownerOf(node), met.size);
      }
      if (place.next < node.inputs.length) path.push({ node: node.inputs[place.next++].node, next: 0 });
      else {
        nodes.push(node);
        path.pop();
      }
    }
  }
  return { nodes, met };
}

/**
 * The layers and inputs of a model in the order in which Keras has them after it has read the model: by their
 * distance from the outputs, then as they are first met from there. Weights are found by this order.
 *
 * Source: Keras 3, ops/function.py, map_graph
 */
export function kerasOrder(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Owner[] {
  const { nodes, met } = visit(outputs);
  const depths = new Map<Node, number>();
  const ownerDepths = new Map<Owner, number>();
  for (const node of [...nodes].reverse()) {
    const depth = Math.max(depths.get(node) ?? 0, ownerDepths.get(ownerOf(node)) ?? 0);
    ownerDepths.set(ownerOf(node), depth);
    depths.set(node, depth);
    for (const { node: before } of node.inputs) {
      depths.set(before, Math.max(depth + 1, depths.get(before) ?? 0));
    }
  }
  for (const { node } of inputs) {
    if (ownerDepths.has(node)) continue;
    ownerDepths.set(node, 0);
    met.set(node, -1);
  }
  const order = (owner: Owner): number => met.get(owner) as number;
  return [...ownerDepths]
    .sort(([a, depthA], [b, depthB]) => depthB - depthA || order(a) - order(b))
    .map(([owner]) => owner);
}
