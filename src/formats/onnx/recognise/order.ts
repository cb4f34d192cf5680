import type { Node, SymbolicTensor } from '../../../layers/symbolic.js';

/** The uses of layers that values depend on, each behind those it depends on itself. */
export function nodesBehind(values: Iterable<SymbolicTensor>): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const waiting = [...values].map(({ node }) => ({ node, next: 0 }));
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { node } = at;
    if (at.next === 0) {
      if (seen.has(node)) continue;
      seen.add(node);
    }
    if (at.next === node.inputs.length) {
      order.push(node);
      continue;
    }
    waiting.push({ node, next: at.next + 1 });
    const below = node.inputs[at.next].node;
    if (!seen.has(below)) waiting.push({ node: below, next: 0 });
  }
  return order;
}

/** Who takes a value. */
export function readersIn(order: readonly Node[]): Map<SymbolicTensor, Node[]> {
  const readers = new Map<SymbolicTensor, Node[]>();
  for (const node of order) {
    for (const value of new Set(node.inputs)) {
      const list = readers.get(value);
      if (list === undefined) readers.set(value, [node]);
      else list.push(node);
    }
  }
  return readers;
}
