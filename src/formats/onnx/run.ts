import { DataError, ShapeError, unknownName } from '../../errors.js';
import type { ModelInputs } from '../../model/inputs.js';
import { formatShape, sizeOf } from '../../shape.js';
import { type Tensor, type TensorLike, tensorOf } from '../../tensor.js';
import type { NamedModel } from '../../training/named/model.js';
import { type Axis, BATCH, type Constant, type Flow } from './values.js';

/** An input of a graph and how it enters the model. */
export interface GraphInput {
  readonly name: string;
  /** Which axis of ONNX's is the batch; the model has it in front. */
  readonly batchAxis: number;
  /** ONNX's axes. */
  readonly rank: number;
}

/** An output of a graph: a flow with its place among the model's outputs, or a constant. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Flow | Constant;
  readonly index: number;
}

/** What {@link runGraph} needs of an imported model. */
export interface Runnable {
  readonly model: NamedModel<Tensor | Tensor[]>;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  /** The input that holds lengths, and the model's inputs that they are about. */
  readonly lengths: { readonly input: string; readonly of: readonly string[] } | null;
}

/** The tensor with its axes in another order: axis i of the result is axis `order[i]`. */
function turned({ data, shape }: Tensor, order: readonly number[]): Tensor {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  const index = new Array<number>(sizes.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < sizes[axis]) break;
      from -= sizes[axis] * steps[axis];
      index[axis] = 0;
    }
  }
  return { data: result, shape: sizes };
}

/** A result [batch, ...] of the model as ONNX's value. */
export function asOnnx({ data, shape }: Tensor, { factors, axes }: Flow): Tensor {
  const fine = [
    shape[0],
    ...factors.flatMap((group, axis) => {
      const known = group.reduce<number>((size, d) => size * (d ?? 1), 1);
      return group.map((d) => d ?? shape[axis + 1] / known);
    }),
  ];
  const placeOf = (of: Axis): readonly number[] =>
    of === BATCH ? [0] : (of as readonly number[]).map((factor) => factor + 1);
  const places = axes.map(placeOf);
  const used = places.flat();
  const rest = fine.map((_, i) => i).filter((i) => !used.includes(i)); // of size 1
  const { data: ordered } = turned({ data, shape: fine }, [...used, ...rest]);
  return { data: ordered, shape: places.map((group) => sizeOf(group.map((place) => fine[place]))) };
}

/**
 * Runs an imported graph on ONNX's values, by their names there.
 *
 * @throws UnknownNameError, ShapeError, DataError; what `predict` throws
 */
export function runGraph(
  { model, inputs, outputs, lengths }: Runnable,
  feeds: Readonly<Record<string, TensorLike>>,
): Record<string, Tensor> {
  const known = [...inputs.map(({ name }) => name), ...(lengths === null ? [] : [lengths.input])];
  for (const name of Object.keys(feeds)) {
    if (!known.includes(name)) throw unknownName('run', 'input', name, known);
  }
  const given = (name: string): Tensor => {
    if (!Object.hasOwn(feeds, name)) throw new ShapeError(`run: input '${name}' is missing`);
    return tensorOf(`run: ${name}`, feeds[name]);
  };
  const values = inputs.map(({ name, batchAxis, rank }) => {
    const value = given(name);
    if (value.shape.length !== rank) {
      throw new ShapeError(
        `run: input '${name}' has shape ${formatShape(value.shape)}, expected ${rank} axes`,
      );
    }
    const others = value.shape.map((_, axis) => axis).filter((axis) => axis !== batchAxis);
    const first = turned(value, [batchAxis, ...others]);
    return rank === 1 ? { data: first.data, shape: [...first.shape, 1] } : first;
  });
  const count = values[0].shape[0];
  const options: { batchSize: number; lengths?: Record<string, number[]> } = {
    batchSize: Math.max(1, count),
  };
  if (lengths !== null) {
    const list = [...given(lengths.input).data];
    if (list.length !== count) {
      throw new DataError(`run: input '${lengths.input}' has ${list.length} lengths for ${count} samples`);
    }
    options.lengths = Object.fromEntries(lengths.of.map((name) => [name, list]));
  }
  const results = model.predict((values.length === 1 ? values[0] : values) as ModelInputs, options);
  const list = Array.isArray(results) ? results : [results];
  return Object.fromEntries(
    outputs.map(({ name, value, index }) => {
      if (value.kind === 'flow') return [name, asOnnx(list[index], value)];
      return [name, { data: Float32Array.from(value.data), shape: [...value.shape] }];
    }),
  );
}
