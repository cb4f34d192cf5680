import { describeValue } from '../describe.js';
import { DataError, ShapeError, unknownName, ValueError } from '../errors.js';
import { withBatch } from '../shape.js';
import type { Graph } from './graph.js';
import type { Samples } from './inputs.js';

/** Steps of each sample that count. */
export type LengthList = readonly number[] | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Lengths of the sequences of a model's input, or by name of input where a model has several. */
export type Lengths = LengthList | Readonly<Record<string, LengthList>>;

/** Whether an input is a sequence: [time, features] and more, or a list of ids. */
function hasTime(graph: Graph, input: number): boolean {
  return graph.inputs[input].shape.length > 1 || graph.ranges.some((range) => range.input === input);
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** The lists, one for each input, null where there is none. */
function byInput(where: string, names: readonly string[], value: unknown): unknown[] {
  if (isList(value)) {
    if (names.length === 1) return [value];
    throw new ValueError(
      `${where}: lengths must be lists by name of input, such as { ${names[0]}: [3, 5] }, got one list; inputs ` +
        `are ${names.join(', ')}`,
    );
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) {
    throw new ValueError(
      `${where}: lengths must be a list with a number for each sample, got ${describeValue(value)}`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!names.includes(key)) throw unknownName(where, 'input', key, names);
  }
  return names.map((name) => (value as Record<string, unknown>)[name] ?? null);
}

/**
 * Checks lengths against the data they are about.
 *
 * @param positions of the inputs that the samples are of
 * @returns one array for each of them, or null where all steps count
 * @throws ValueError for what is no list, or an input without a time axis; ShapeError for a wrong count; DataError
 *   for what is no whole number from 0 to the steps of the data; MaskError where a layer cannot take the mask
 */
export function resolveLengths(
  where: string,
  graph: Graph,
  value: unknown,
  positions: readonly number[],
  samples: readonly Samples[],
): (Uint32Array | null)[] {
  const names = positions.map((i) => graph.inputNames[i]);
  const lists = value === undefined ? samples.map(() => null) : byInput(where, names, value);
  const lengths = lists.map((list, i) => {
    const label = samples.length === 1 ? 'lengths' : `lengths of '${names[i]}'`;
    return list === null ? null : checked(`${where}: ${label}`, graph, positions[i], list, samples[i]);
  });
  graph.maskedWith(graph.inputs.map((_, i) => (lengths[positions.indexOf(i)] ?? null) !== null));
  return lengths;
}

function checked(what: string, graph: Graph, input: number, list: unknown, samples: Samples): Uint32Array {
  if (!isList(list)) {
    throw new ValueError(`${what} must be a list with a number for each sample, got ${describeValue(list)}`);
  }
  const { shape, count } = samples;
  if (!hasTime(graph, input)) {
    throw new ValueError(`${what}: the input has no time axis: ${withBatch(graph.inputs[input].shape)}`);
  }
  if (list.length !== count) {
    throw new ShapeError(`${what} has ${list.length} numbers, expected one for each of ${count} samples`);
  }
  const [T] = shape;
  for (let s = 0; s < count; s++) {
    const length = list[s];
    if (Number.isSafeInteger(length) && (length as number) >= 0 && (length as number) <= T) continue;
    throw new DataError(
      `${what}: that of sample ${s} is ${describeValue(length)}, expected a whole number from 0 to ${T}`,
    );
  }
  return Uint32Array.from(list as ArrayLike<number>);
}
