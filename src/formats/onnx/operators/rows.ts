import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { arrange } from '../arrange.js';
import type { NodeUse } from '../node.js';
import { type Axis, axisIn, BATCH, dimOf, dimsOf, type Flow, formatDims } from '../values.js';

/** A flow as rows along one axis, and the way back. */
export interface Rows {
  readonly x: SymbolicTensor;
  /** Numbers of a row. */
  readonly size: number;
  /** The flow of a result of the same shape. */
  readonly result: (tensor: SymbolicTensor) => Flow;
}

/**
 * The values with one axis, or all from one on, as the last of the tensor.
 *
 * @throws FormatError for the batch, and for an axis of open length
 */
export function along(node: NodeUse, flow: Flow, given: number, andBehind: boolean): Rows {
  const rank = flow.axes.length;
  const axis = axisIn(rank, given);
  if (axis < 0) node.refuse(`has no axis ${given}`);
  const taken = andBehind ? flow.axes.map((_, i) => i).slice(axis) : [axis];
  const sizes = taken.map((i) => dimOf(flow, i));
  if (sizes.some((d) => typeof d !== 'number')) {
    node.refuse(`works along an axis of ${formatDims(dimsOf(flow))} that is the batch or of open length`);
  }
  const kept = flow.axes.flatMap((of, i) =>
    of === BATCH || taken.includes(i) || dimOf(flow, i) === 1 ? [] : [i],
  );
  const x = arrange(node.where, node.builder, flow, [...kept.map((i) => [i]), taken]);
  const factors = [...kept.map((i) => [dimOf(flow, i) as number]), sizes as number[]];
  const result = (tensor: SymbolicTensor): Flow => ({
    kind: 'flow',
    tensor,
    factors: tensor.shape.map((size, i) => (i < kept.length ? [size] : factors[i])),
    axes: flow.axes.map((of, i): Axis => {
      if (of === BATCH) return BATCH;
      const inRow = taken.indexOf(i);
      if (inRow >= 0) return [kept.length + inRow];
      const place = kept.indexOf(i);
      return place < 0 ? [] : [place];
    }),
  });
  return { x, size: (sizes as number[]).reduce((a, b) => a * b, 1), result };
}
