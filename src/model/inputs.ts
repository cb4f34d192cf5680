import { ShapeError, unknownName } from '../errors.js';
import { formatShape, type OpenShape, type Shape, sizeOf } from '../shape.js';
import { isTensor, type Tensor, type TensorLike, tensor } from '../tensor.js';
import type { Graph } from './graph.js';

/** Data for a model: one value per input, in a list or by name where there are several. */
export type ModelInputs = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;

/** A batch of samples whose shape has been checked: row-major, sample by sample. */
export interface Samples {
  readonly data: Float32Array;
  /** Number of samples. */
  readonly count: number;
  /** Shape of one sample. */
  readonly shape: Shape;
}

function isFlat(value: unknown): value is ArrayLike<number> {
  return (
    ArrayBuffer.isView(value) || (Array.isArray(value) && value.length > 0 && typeof value[0] === 'number')
  );
}

function expectation(shape: OpenShape): string {
  const inner = shape.map((d) => (d === null ? 'time' : String(d)));
  return `[${['batch', ...inner].join(', ')}]`;
}

/**
 * Checks data against the shape of one sample. Flat data is taken where the shape leaves nothing open.
 *
 * @param where names the layer and argument in errors: `predict: input`
 */
export function samplesOf(where: string, value: TensorLike, shape: OpenShape): Samples {
  let given: Tensor;
  if (!isTensor(value) && isFlat(value)) {
    const flat = value;
    if (shape.includes(null)) {
      throw new ShapeError(`${where} is flat, but expected ${expectation(shape)}: give tensor(data, shape)`);
    }
    const size = sizeOf(shape as Shape);
    if (flat.length % size !== 0) {
      throw new ShapeError(
        `${where} has ${flat.length} values, expected a multiple of ${size} (${expectation(shape)})`,
      );
    }
    given = tensor(flat, [flat.length / size, ...(shape as Shape)]);
  } else {
    given = tensor(value);
  }
  const [count, ...rest] = given.shape;
  const fits = rest.length === shape.length && shape.every((d, i) => d === null || d === rest[i]);
  if (!fits || count === undefined) {
    throw new ShapeError(`${where} has shape ${formatShape(given.shape)}, expected ${expectation(shape)}`);
  }
  if (rest.some((d) => d === 0)) {
    throw new ShapeError(`${where} has shape ${formatShape(given.shape)}: every size must be at least 1`);
  }
  return { data: given.data, count, shape: rest };
}

/** Checks the data of all inputs; they must have as many samples each. */
export function resolveInputs(where: string, graph: Graph, value: ModelInputs): Samples[] {
  const names = graph.inputNames;
  const first = graph.layers[0]?.name;
  const label = (name: string): string =>
    names.length === 1 && first !== undefined ? `${first}: ${name}` : `${where}: ${name}`;
  if (graph.inputs.length === 1) {
    return [samplesOf(label('input'), value as TensorLike, graph.inputs[0].shape)];
  }
  const list = listOf(where, value, names);
  const samples = list.map((v, i) => samplesOf(label(`input '${names[i]}'`), v, graph.inputs[i].shape));
  samples.forEach(({ count }, i) => {
    if (count !== samples[0].count) {
      throw new ShapeError(
        `${where}: input '${names[i]}' has ${count} samples, '${names[0]}' has ${samples[0].count}`,
      );
    }
  });
  return samples;
}

function listOf(where: string, value: ModelInputs, names: readonly string[]): TensorLike[] {
  if (Array.isArray(value)) {
    if (value.length !== names.length) {
      throw new ShapeError(
        `${where}: got ${value.length} inputs, expected ${names.length}: ${names.join(', ')}`,
      );
    }
    return [...(value as TensorLike[])];
  }
  if (typeof value === 'object' && value !== null && !isTensor(value) && !ArrayBuffer.isView(value)) {
    const record = value as Readonly<Record<string, TensorLike>>;
    for (const key of Object.keys(record)) {
      if (!names.includes(key)) throw unknownName(where, 'input', key, names);
    }
    return names.map((name) => {
      if (!(name in record)) throw new ShapeError(`${where}: input '${name}' is missing`);
      return record[name];
    });
  }
  throw new ShapeError(`${where}: expected ${names.length} inputs in a list or by name: ${names.join(', ')}`);
}
