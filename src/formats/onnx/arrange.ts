import { FormatError } from '../../errors.js';
import { permute, reshape, slice } from '../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../layers/symbolic.js';
import { type OpenShape, sameShape } from '../../shape.js';
import type { Builder } from './node.js';
import { type Axis, BATCH, dimsOf, type Flow, flowOf, formatDims } from './values.js';

const product = (sizes: readonly (number | null)[]): number | null =>
  sizes.reduce((size, d) => (size === null || d === null ? null : size * d), 1 as number | null);

function reshaped(where: string, builder: Builder, x: SymbolicTensor, shape: OpenShape): SymbolicTensor {
  if (sameShape(x.shape, shape)) return x;
  if (x.shape.includes(null) || shape.includes(null)) {
    throw new FormatError(
      `${where}: the steps of a sequence of open length would have to be put in another shape`,
    );
  }
  const targetShape = shape as number[];
  return builder.layer('reshape', null, (name) => reshape({ targetShape, name })).apply(x);
}

/** Factors of an axis that is not the batch. */
export function factorsOf(flow: Flow, axis: number): readonly number[] {
  const of = flow.axes[axis];
  return of === BATCH ? [] : (of as readonly number[]);
}

/** Where in the flow the batch is, or −1. */
export const batchAxisOf = (flow: Flow): number => flow.axes.indexOf(BATCH);

/**
 * The values of a flow as a tensor whose axes of a sample are products of ONNX's axes: `[[0], [2, 3]]`.
 * Axes of size 1 may be left out.
 *
 * @throws FormatError where the values cannot be brought into this order
 */
export function arrange(
  where: string,
  builder: Builder,
  flow: Flow,
  groups: readonly (readonly number[])[],
): SymbolicTensor {
  const sizes = flow.factors.flat();
  const wanted = groups.map((group) => group.flatMap((axis) => [...factorsOf(flow, axis)]));
  const matters = (factor: number): boolean => sizes[factor] !== 1;
  const order = wanted.flat().filter(matters);
  const all = sizes.map((_, factor) => factor).filter(matters);
  if (batchAxisOf(flow) < 0 || order.length !== all.length) {
    throw new FormatError(
      `${where}: a value of shape ${formatDims(dimsOf(flow))} cannot be read as axes ${JSON.stringify(groups)}`,
    );
  }
  let x = flow.tensor;
  if (order.some((factor, i) => factor !== all[i])) x = permuted(where, builder, flow, order, all);
  const shape = wanted.map((group) => product(group.map((factor) => sizes[factor])));
  return reshaped(where, builder, x, shape.length === 0 ? [1] : shape);
}

function permuted(
  where: string,
  builder: Builder,
  flow: Flow,
  order: readonly number[],
  all: readonly number[],
): SymbolicTensor {
  const sizes = flow.factors.flat();
  const apart = reshaped(
    where,
    builder,
    flow.tensor,
    all.map((factor) => sizes[factor]),
  );
  const dims = order.map((factor) => all.indexOf(factor) + 1);
  if (dims.length > 3)
    throw new FormatError(`${where}: four axes beside the batch would have to change places`);
  return builder.layer('permute', null, (name) => permute({ dims, name })).apply(apart);
}

/** The flow with each ONNX axis, those of size 1 but for the last left out, as an axis of the tensor. */
export function straight(where: string, builder: Builder, flow: Flow): Flow {
  const sizes = flow.factors.flat();
  const single = (axis: number): boolean => factorsOf(flow, axis).every((factor) => sizes[factor] === 1);
  const kept = flow.axes.map((_, axis) => axis).filter((axis) => flow.axes[axis] !== BATCH && !single(axis));
  const tensor = arrange(
    where,
    builder,
    flow,
    kept.map((axis) => [axis]),
  );
  const axes = flow.axes.map((of, axis): Axis => {
    if (of === BATCH) return BATCH;
    const place = kept.indexOf(axis);
    return place < 0 ? [] : [place];
  });
  return flowOf(tensor, axes);
}

/**
 * A run of positions on one axis.
 *
 * @throws FormatError on the axis of the batch
 */
export function cut(
  where: string,
  builder: Builder,
  flow: Flow,
  axis: number,
  start: number,
  size: number,
): Flow {
  const of = flow.axes[axis];
  if (of === BATCH) throw new FormatError(`${where}: it takes a part of the batch`);
  if (start === 0 && dimsOf(flow)[axis] === size) return flow;
  const single = (of as readonly number[]).length === 1 ? (of as readonly number[])[0] : -1;
  let first = 0;
  for (const [position, group] of flow.factors.entries()) {
    if (first === single) return cutOuter(builder, flow, position, start, size);
    first += group.length;
  }
  const plain = straight(where, builder, flow);
  return cutOuter(builder, plain, (plain.axes[axis] as readonly number[])[0], start, size);
}

/** Cuts on the outermost factor of an axis of the tensor. */
function cutOuter(builder: Builder, flow: Flow, position: number, start: number, size: number): Flow {
  const inner = product(flow.factors[position].slice(1)) ?? 1;
  const options = { start: start * inner, size: size * inner, axis: position + 1 };
  const tensor = builder.layer('slice', null, (name) => slice({ ...options, name })).apply(flow.tensor);
  const factors = flow.factors.map((group, i) => (i === position ? [size, ...group.slice(1)] : group));
  return { ...flow, tensor, factors };
}
