import { checkBoolean, checkInteger, checkList, checkWord } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, DataError, ShapeError, ValueError } from '../errors.js';
import { exp } from '../numeric/exp.js';
import { formatShape } from '../shape.js';
import { type TensorLike, tensorOf } from '../tensor.js';
import { beamPaths } from './beam.js';
import { type CtcPath, greedyPath } from './greedy.js';

/** Options of {@link ctcDecode}. */
export interface CtcDecodeOptions {
  /** 'greedy' follows the likeliest class of each step, 'beamSearch' sums over ways. Default 'greedy'. */
  strategy?: 'greedy' | 'beamSearch';
  /** Prefixes kept from step to step, with 'beamSearch'. Default 100. */
  beamWidth?: number;
  /** Paths to give for each sample, with 'beamSearch'. At most beamWidth. Default 1. */
  topPaths?: number;
  /** Class of the blank. Default 0. */
  maskIndex?: number;
  /** Steps of each sample that count. Default all. */
  lengths?: ArrayLike<number>;
  /** Whether logits are given rather than probabilities. Default false. */
  fromLogits?: boolean;
}

const NAMES: readonly (keyof CtcDecodeOptions)[] = [
  'strategy',
  'beamWidth',
  'topPaths',
  'maskIndex',
  'lengths',
  'fromLogits',
];

/**
 * Reads labels from the output of a model trained with the loss `ctc`.
 *
 * @param probabilities `[samples, time, classes]`, as `predict` gives them after a softmax
 * @returns for each sample its paths, the likeliest first: one with 'greedy', up to `topPaths` with 'beamSearch'
 * @throws ShapeError or DataError for what are no probabilities, ValueError for an option out of range
 */
export function ctcDecode(probabilities: TensorLike, options: CtcDecodeOptions = {}): CtcPath[][] {
  const where = 'ctcDecode';
  checkOptionNames(where, options, NAMES);
  const { strategy = 'greedy', beamWidth = 100, topPaths = 1, maskIndex = 0, fromLogits = false } = options;
  checkWord(where, 'strategy', strategy, ['greedy', 'beamSearch']);
  checkInteger(where, 'beamWidth', beamWidth, { min: 1 });
  checkInteger(where, 'topPaths', topPaths, { min: 1, max: strategy === 'greedy' ? 1 : beamWidth });
  checkBoolean(where, 'fromLogits', fromLogits);
  const given = tensorOf(`${where}: probabilities`, probabilities);
  const { shape } = given;
  if (shape.length !== 3 || shape[2] === 0) {
    throw new ShapeError(
      `${where}: probabilities have shape ${formatShape(shape)}, expected [samples, time, classes]`,
    );
  }
  const [samples, T, classes] = shape;
  checkInteger(where, 'maskIndex', maskIndex, { min: 0, max: classes - 1 });
  const lengths = checkLengths(where, options.lengths, samples, T);
  const data = fromLogits ? softmaxRows(given.data, classes) : given.data;
  return lengths.map((length, s) => {
    const rows = Array.from({ length }, (_, t) => (s * T + t) * classes);
    checkProbabilities(where, data, rows, classes, s);
    const steps = { data, classes, rows };
    return strategy === 'greedy'
      ? [greedyPath(steps, maskIndex)]
      : beamPaths(steps, maskIndex, beamWidth, topPaths);
  });
}

function checkLengths(where: string, value: unknown, samples: number, T: number): number[] {
  if (value === undefined) return Array.from({ length: samples }, () => T);
  const list = ArrayBuffer.isView(value)
    ? Array.from(value as Uint32Array)
    : checkList(where, 'lengths', value);
  if (list.length !== samples) {
    throw new ShapeError(
      `${where}: lengths has ${list.length} numbers, expected one for each of ${samples} samples`,
    );
  }
  return list.map((length, s) => {
    if (Number.isSafeInteger(length) && (length as number) >= 0 && (length as number) <= T)
      return length as number;
    throw new ValueError(
      `${where}: lengths[${s}] is ${describeValue(length)}, expected a whole number from 0 to ${T}`,
    );
  });
}

function checkProbabilities(
  where: string,
  data: Float32Array,
  rows: readonly number[],
  classes: number,
  sample: number,
): void {
  rows.forEach((row, t) => {
    for (let k = 0; k < classes; k++) {
      const value = data[row + k];
      if (value >= 0 && value < Number.POSITIVE_INFINITY) continue;
      throw new DataError(
        `${where}: probability of sample ${sample}, step ${t}, class ${k} is ${value}, expected a number of at ` +
          'least 0; give fromLogits: true for logits',
      );
    }
  });
}

/** e^(x_k − max x) / Σ, row by row. */
function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const rows = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const top = Math.max(...row);
    const powers = Array.from(row, (x) => exp(x - top));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, k) => {
      rows[at + k] = power / sum;
    });
  }
  return rows;
}
