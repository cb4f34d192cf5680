import { formatBytes } from '../allocate.js';
import { formatShape, type OpenShape } from '../shape.js';
import type { Network } from './network.js';

const HEADINGS = ['Layer (type)', 'Output shape', 'Param #'] as const;

function withBatch(shape: OpenShape): string {
  return formatShape([null, ...shape]);
}

function row(cells: readonly string[], widths: readonly number[]): string {
  const [name, shape, count] = cells;
  return `${name.padEnd(widths[0])}  ${shape.padEnd(widths[1])}  ${count.padStart(widths[2])}`.trimEnd();
}

/** The table that `model.summary()` gives: one row per use of a layer, then totals. */
export function summarize(network: Network): string {
  const { graph, parameters } = network;
  const counted = new Set<string>();
  const rows = graph.nodes.map((node, i) => {
    const shape = node.outputs.map((value) => withBatch(value.shape)).join(', ');
    if (node.layer === null) return [`${graph.inputNames[i] ?? 'input'} (input)`, shape, '0'];
    const { name, layer } = graph.named(node);
    const own = parameters.all.filter((p) => p.layer === name);
    const count = own.reduce((sum, p) => sum + p.size, 0);
    const shown = counted.has(name) ? 'shared' : count.toLocaleString('en-US');
    counted.add(name);
    return [`${name} (${layer.definition.type})`, shape, shown];
  });
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.map((cells) => cells[i].length)),
  );
  const rule = '-'.repeat(widths.reduce((sum, w) => sum + w + 2, -2));
  const trainable = parameters.all.filter((p) => p.trainable).reduce((sum, p) => sum + p.size, 0);
  const total = network.parameterCount;
  const bytes = parameters.all.reduce((sum, p) => sum + p.bytes, 0);
  return [
    `Model: ${network.name}`,
    rule,
    row(HEADINGS, widths),
    rule,
    ...rows.map((cells) => row(cells, widths)),
    rule,
    `Total params: ${total.toLocaleString('en-US')} (${formatBytes(bytes)})`,
    `Trainable params: ${trainable.toLocaleString('en-US')}`,
    `Non-trainable params: ${(total - trainable).toLocaleString('en-US')}`,
  ].join('\n');
}
