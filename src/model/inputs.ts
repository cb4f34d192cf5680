import { DataError, ShapeError, unknownName } from '../errors.js';
import { formatShape, type OpenShape, type Shape, shapeFits, sizeOf, withBatch } from '../shape.js';
import { isFlat, isTensor, type TensorLike, tensorOf } from '../tensor.js';
import type { Graph } from './graph.js';
import { findOutOfRange } from './ids.js';
import { resolveLengths } from './lengths.js';
import { countSteps } from './paddings.js';

/** Data for a model: one value per input, in a list or by name where there are several. */
export type ModelInputs = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;

/** A batch of samples whose shape has been checked: row-major, sample by sample. */
export interface Samples {
  readonly data: Float32Array;
  /** Number of samples. */
  readonly count: number;
  /** Shape of one sample. */
  readonly shape: Shape;
  /** Steps of each sample that count, or null for all. */
  readonly lengths: Uint32Array | null;
  /** Steps of each sample up to the last that counts by the masks that begin at the input; null without such. */
  readonly counted: Uint32Array | null;
}

/**
 * Checks data against the shape of one sample. Flat data is taken where the shape leaves nothing open.
 *
 * @param where names the layer and argument in errors: `lstm: input`
 * @throws ShapeError; ValueError when the value is no numbers
 */
function samplesOf(where: string, value: unknown, shape: OpenShape): Samples {
  let given = tensorOf(where, value);
  if (isFlat(value)) {
    if (shape.includes(null)) {
      throw new ShapeError(`${where} is flat, expected ${withBatch(shape)}: give tensor(data, shape)`);
    }
    const size = sizeOf(shape as Shape);
    const { length } = given.data;
    if (length % size !== 0) {
      throw new ShapeError(
        `${where} has ${length} values, expected a multiple of ${size}: ${withBatch(shape)}`,
      );
    }
    given = { data: given.data, shape: [length / size, ...(shape as Shape)] };
  }
  const [count, ...rest] = given.shape;
  if (count === undefined || !shapeFits(rest, shape)) {
    throw new ShapeError(`${where} has shape ${formatShape(given.shape)}, expected ${withBatch(shape)}`);
  }
  if (rest.some((d) => d === 0)) {
    throw new ShapeError(`${where} has shape ${formatShape(given.shape)}: every size must be at least 1`);
  }
  return { data: given.data, count, shape: rest, lengths: null, counted: null };
}

/**
 * Checks the data of inputs; they must have as many samples each.
 *
 * @param positions of the inputs that are given. Default: all
 * @throws ShapeError, ValueError or UnknownNameError for what does not fit; DataError for a value outside what a
 *   layer takes, such as the ids of an embedding; what {@link resolveLengths} throws
 */
export function resolveInputs(
  where: string,
  graph: Graph,
  value: ModelInputs,
  lengths?: unknown,
  positions: readonly number[] = graph.inputs.map((_, i) => i),
): Samples[] {
  const names = positions.map((i) => graph.inputNames[i]);
  const first = graph.layers[0].name;
  const label = (i: number): string =>
    graph.inputs.length === 1 ? `${first}: input` : `${where}: input '${names[i]}'`;
  const list = names.length === 1 && !isRecord(value) ? [value] : listByName(where, 'input', value, names);
  const samples = list.map((v, i) => samplesOf(label(i), v, graph.inputs[positions[i]].shape));
  samples.forEach(({ count }, i) => {
    if (count !== samples[0].count) {
      throw new ShapeError(
        `${where}: input '${names[i]}' has ${count} samples, '${names[0]}' has ${samples[0].count}`,
      );
    }
  });
  checkRanges(where, graph, positions, samples);
  const lists = resolveLengths(where, graph, lengths, positions, samples);
  return samples.map((s, i) => {
    const own = { ...s, lengths: lists[i] };
    return { ...own, counted: countSteps(own, graph.paddings[positions[i]]) };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !Array.isArray(value) && !ArrayBuffer.isView(value) && !isTensor(value);
}

/**
 * Values for several inputs or outputs, given in a list or by name.
 *
 * @param what 'input' or 'target'
 * @throws ShapeError when there are too few or too many, UnknownNameError
 */
export function listByName(
  where: string,
  what: string,
  value: unknown,
  names: readonly string[],
): readonly unknown[] {
  if (Array.isArray(value)) {
    if (value.length === names.length) return value;
    throw new ShapeError(
      `${where}: got ${value.length} ${what}s, expected ${names.length}: ${names.join(', ')}`,
    );
  }
  if (!isRecord(value)) {
    throw new ShapeError(
      `${where}: expected ${names.length} ${what}s in a list or by name: ${names.join(', ')}`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!names.includes(key)) throw unknownName(where, what, key, names);
  }
  return names.map((name) => {
    if (!Object.hasOwn(value, name)) throw new ShapeError(`${where}: ${what} '${name}' is missing`);
    return value[name];
  });
}

/**
 * Checks values that feed a layer with a range of its own, such as the ids of an embedding.
 * @throws DataError
 */
export function checkRanges(
  where: string,
  graph: Graph,
  positions: readonly number[],
  inputs: readonly Samples[],
): void {
  for (const { input, limit, layer } of graph.ranges) {
    if (!positions.includes(input)) continue;
    const { data, shape, count } = inputs[positions.indexOf(input)];
    const bad = findOutOfRange(data, limit);
    if (bad < 0) continue;
    const size = data.length / count;
    const step = `, step ${Math.floor(((bad % size) * shape[0]) / size)}`;
    throw new DataError(
      `${where}: ${layer}: input of sample ${Math.floor(bad / size)}${step} is ${data[bad]}, ` +
        `expected a whole number from 0 to ${limit - 1}`,
    );
  }
}
