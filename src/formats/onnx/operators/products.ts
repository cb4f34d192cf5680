import { matmul } from '../../../layers/arithmetic/index.js';
import type { Layer } from '../../../layers/layer.js';
import { arrange } from '../arrange.js';
import type { NodeUse } from '../node.js';
import { type Axis, BATCH, dimsOf, type Flow, flowOf, formatDims } from '../values.js';

/** Products of the matrices of two flows, with the same axes in front of the last two. */
export function productOf(node: NodeUse, a: Flow, b: Flow): Flow {
  const rank = a.axes.length;
  const [p, q] = [dimsOf(a), dimsOf(b)];
  const front = rank - 2;
  const same = b.axes.length === rank && p.slice(0, front).every((d, axis) => d === q[axis]);
  if (rank < 3 || !same || !p.slice(0, front).includes(BATCH) || p[rank - 1] !== q[front]) {
    node.refuse(
      `multiplies ${formatDims(p)} and ${formatDims(q)}: both need the batch and equal axes in front`,
    );
  }
  const heads = Array.from({ length: front }, (_, axis) => axis).filter(
    (axis) => a.axes[axis] !== BATCH && p[axis] !== 1,
  );
  const groups = [...(heads.length > 0 ? [heads] : []), [front], [rank - 1]];
  const [x, y] = [a, b].map((flow) => arrange(node.where, node.builder, flow, groups));
  const make = (name: string): Layer => matmul({ name });
  const tensor = node.builder.layer('matmul', node.proto, make).apply([x, y]);
  const [M, N] = tensor.shape.slice(-2);
  if (heads.length === 0) {
    const axes = a.axes.map(
      (of, axis): Axis => (of === BATCH ? BATCH : axis === front ? [0] : axis > front ? [1] : []),
    );
    return flowOf(tensor, axes);
  }
  const H = heads.length;
  const axes = a.axes.map((of, axis): Axis => {
    if (of === BATCH) return BATCH;
    if (axis >= front) return [H + axis - front];
    return heads.includes(axis) ? [heads.indexOf(axis)] : [];
  });
  return { kind: 'flow', tensor, factors: [heads.map((axis) => p[axis] as number), [M], [N]], axes };
}
