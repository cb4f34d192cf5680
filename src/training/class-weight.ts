import { describeValue } from '../describe.js';
import { ShapeError, ValueError } from '../errors.js';
import { argmax } from './argmax.js';

/** Weight of each class by its index; a class that is left out weighs 1. */
export type ClassWeight = Readonly<Record<number, number>>;

/**
 * Weights of rows from weights of classes.   w_r = classWeight[class of row r] · sampleWeight
 *
 * A row is a sample, or a time step of a sample where targets are per step. With one column the class is
 * the target rounded half to even; with several it is the column of the largest target, the first of equals.
 *
 * @param target `[rows, columns]`
 * @param sampleWeight null, one weight a row, or one a sample (rows being a multiple of samples,
 *   batch-major: the steps of a sample follow each other)
 * @returns one weight a row
 * @throws ValueError for a key that is no class index or a weight that is negative or not finite;
 *   ShapeError when the sample weights do not divide the rows
 */
export function classWeightToSampleWeight(
  target: Float32Array,
  rows: number,
  columns: number,
  classWeight: unknown,
  sampleWeight: Float32Array | null = null,
  where = 'fit',
): Float32Array {
  const byClass = checkedClassWeight(classWeight, columns, where);
  const weights = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    const label = columns === 1 ? roundHalfEven(target[r]) : argmax(target, r * columns, columns);
    weights[r] = byClass.get(label) ?? 1;
  }
  if (sampleWeight !== null) multiplyWeights(weights, sampleWeight, where);
  return weights;
}

/** weights ← weights · sampleWeight, one of which covers `weights.length / sampleWeight.length` rows. */
function multiplyWeights(weights: Float32Array, sampleWeight: Float32Array, where: string): void {
  const repeat = weights.length / sampleWeight.length;
  if (!Number.isInteger(repeat)) {
    throw new ShapeError(
      `${where}: sampleWeight has ${sampleWeight.length} values, expected one for each of ` +
        `${weights.length} targets or one a sample`,
    );
  }
  for (let r = 0; r < weights.length; r++) weights[r] *= sampleWeight[Math.floor(r / repeat)];
}

function checkedClassWeight(classWeight: unknown, columns: number, where: string): Map<number, number> {
  if (typeof classWeight !== 'object' || classWeight === null) {
    const got = describeValue(classWeight);
    throw new ValueError(
      `${where}: classWeight must be weights by class index such as { 0: 1, 1: 5 }, got ${got}`,
    );
  }
  const byClass = new Map<number, number>();
  for (const [key, weight] of Object.entries(classWeight)) {
    const label = Number(key);
    if (!Number.isInteger(label) || label < 0 || (columns > 1 && label >= columns)) {
      const range = columns > 1 ? `0 to ${columns - 1}` : 'a whole number, 0 or more';
      throw new ValueError(`${where}: classWeight has key '${key}', expected a class index, ${range}`);
    }
    if (!(typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new ValueError(
        `${where}: classWeight[${key}] must be finite and not negative; got ${describeValue(weight)}`,
      );
    }
    byClass.set(label, weight);
  }
  return byClass;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
