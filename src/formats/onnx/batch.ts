import type { NodeOrder } from './graph.js';
import type { NodeProto, ValueProto } from './proto/messages.js';

/** Operators that leave axes where they are. */
const KEEP = [
  'Identity',
  'Cast',
  'Dropout',
  'Relu',
  'Tanh',
  'Sigmoid',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Softmax',
  'LayerNormalization',
  'MatMul',
];

const BATCH_NAME = /^(batch.*|n|b|bs)$/i;

const RECURRENT = ['RNN', 'GRU', 'LSTM'];

const intOf = (node: NodeProto, name: string): number =>
  node.attributes.find((attribute) => attribute.name === name)?.i ?? 0;

/** Where the batch of an input must be for the nodes that read it, or undefined. `order`: ONNX's axes of it. */
function fromReaders(graph: NodeOrder, name: string, rank: number): number | undefined {
  const waiting = [{ name, order: Array.from({ length: rank }, (_, i) => i) }];
  const seen = new Set<string>();
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at.name)) continue;
    seen.add(at.name);
    for (const node of graph.readersOf(at.name)) {
      const input = node.inputs.indexOf(at.name);
      if (RECURRENT.includes(node.op)) {
        if (input === 0 || input > 4) return at.order[intOf(node, 'layout') === 1 ? 0 : 1];
      } else if (node.op === 'Conv') return at.order[0];
      else if (KEEP.includes(node.op)) waiting.push({ name: node.outputs[0], order: at.order });
      else if (node.op === 'Transpose') {
        const { order } = at;
        const perm = node.attributes.find((attribute) => attribute.name === 'perm')?.ints;
        const turned = perm === undefined ? [...order].reverse() : perm.map((axis) => order[axis]);
        waiting.push({ name: node.outputs[0], order: turned });
      }
    }
  }
  return undefined;
}

/**
 * The axis of an input that is the batch: the only one that is named so, else what recurrent layers and
 * convolutions behind it say, else the first.
 */
export function batchAxisOfInput(graph: NodeOrder, { name, dims }: ValueProto): number {
  const named = (dims ?? []).flatMap((dim, axis) => (BATCH_NAME.test(dim.name) ? [axis] : []));
  if (named.length === 1) return named[0];
  return fromReaders(graph, name, dims?.length ?? 0) ?? 0;
}
