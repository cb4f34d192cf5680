import { checkInteger, checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, DataError, ShapeError, ValueError } from '../errors.js';
import { formatShape } from '../shape.js';
import { type Tensor, type TensorLike, tensorOf } from '../tensor.js';

/** Options of {@link teacherForcing}. */
export interface TeacherForcingOptions {
  /** Token in front of every target, from which writing starts. Left out where targets are features. */
  startToken?: number;
  /** Token behind every target, which ends it. Default: none. */
  stopToken?: number;
  /** Token behind the end of shorter lists. Default 0. */
  padToken?: number;
}

/** Inputs and targets for `fit`, `evaluate` and `trainOnBatch`. */
export type ForcedPair = [x: ForcedInputs, y: Tensor];

/** The inputs of an encoder-decoder. */
export type ForcedInputs = {
  /** What is read. */
  source: TensorLike;
  /** The right answer, one step late. */
  target: Tensor;
};

const WHERE = 'teacherForcing';

/**
 * What an encoder-decoder is trained on: at each step the input `target` is the step before of the right answer, and
 * what is to come out is the answer's next one.
 *
 * ```text
 * answer   a b c            tokens: input  start a b c    out  a b c stop
 *                           features: input    0 a b      out  a b c
 * ```
 *
 * `model.fit(...teacherForcing(sources, answers, { startToken: 1, stopToken: 2 }), { epochs: 10 })`
 *
 * @param sources data of the input `source`; lists of ids may differ in length
 * @param answers lists of ids, which may differ in length, or features `[samples, time, features]`
 * @throws ValueError, ShapeError or DataError for what does not fit
 */
export function teacherForcing(
  sources: TensorLike | readonly ArrayLike<number>[],
  answers: TensorLike | readonly ArrayLike<number>[],
  options: TeacherForcingOptions = {},
): ForcedPair {
  checkOptionNames(WHERE, options, ['startToken', 'stopToken', 'padToken']);
  const { startToken, stopToken, padToken = 0 } = options;
  checkInteger(WHERE, 'padToken', padToken, { min: 0 });
  const source = isLists(sources) ? padTokens(sources, padToken) : (sources as TensorLike);
  if (startToken === undefined) {
    if (stopToken !== undefined) throw new ValueError(`${WHERE}: stopToken needs a startToken`);
    return [{ source, ...shifted(answers) }, tensorOf(`${WHERE}: answers`, answers)];
  }
  checkInteger(WHERE, 'startToken', startToken, { min: 0 });
  const stop = stopToken === undefined ? [] : [checkInteger(WHERE, 'stopToken', stopToken, { min: 0 })];
  const lists = isLists(answers) ? answers : rowsOf(answers as TensorLike, padToken);
  const target = padTokens(
    lists.map((list) => [startToken, ...Array.from(list).slice(0, stop.length === 0 ? -1 : undefined)]),
    padToken,
  );
  return [
    { source, target },
    padTokens(
      lists.map((list) => [...Array.from(list), ...stop]),
      padToken,
    ),
  ];
}

/** Features one step later, zeros in front. */
function shifted(answers: unknown): { target: Tensor } {
  const { data, shape } = tensorOf(`${WHERE}: answers`, answers);
  if (shape.length < 3) {
    throw new ShapeError(
      `${WHERE}: answers have shape ${formatShape(shape)}, expected [samples, time, features]; tokens need a startToken`,
    );
  }
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const step = size / shape[1];
  const target = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += size) {
    target.set(data.subarray(from, from + size - step), from + step);
  }
  return { target: { data: target, shape } };
}

const isLists = (value: unknown): value is readonly ArrayLike<number>[] =>
  Array.isArray(value) &&
  value.every(
    (list) => (Array.isArray(list) || ArrayBuffer.isView(list)) && !Array.isArray((list as unknown[])[0]),
  );

/** Rows of a tensor of ids [samples, time], the padding at their ends left out. */
function rowsOf(value: TensorLike, padToken: number): readonly ArrayLike<number>[] {
  const { data, shape } = tensorOf(`${WHERE}: answers`, value);
  if (shape.length !== 2) {
    throw new ShapeError(`${WHERE}: answers have shape ${formatShape(shape)}, expected [samples, time]`);
  }
  return Array.from({ length: shape[0] }, (_, s) => {
    const row = data.subarray(s * shape[1], (s + 1) * shape[1]);
    let length = row.length;
    while (length > 0 && row[length - 1] === padToken) length--;
    return row.subarray(0, length);
  });
}

/**
 * Lists of ids as one tensor `[samples, longest]`, padded at their ends.
 *
 * @throws ValueError for what are no lists of ids, DataError for an id that is no whole number of at least 0
 */
export function padTokens(lists: readonly ArrayLike<number>[], padToken = 0): Tensor {
  checkList('padTokens', 'lists', lists);
  const longest = lists.reduce((most, { length }) => Math.max(most, length), 1);
  const data = new Float32Array(lists.length * longest).fill(padToken);
  lists.forEach((list, s) => {
    for (let t = 0; t < list.length; t++) {
      const id = list[t];
      if (!Number.isSafeInteger(id) || id < 0) {
        throw new DataError(
          `padTokens: list ${s}, step ${t} is ${describeValue(id)}, expected a whole number of at least 0`,
        );
      }
      data[s * longest + t] = id;
    }
  });
  return { data, shape: [lists.length, longest] };
}
