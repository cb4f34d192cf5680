import { checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { declareSchedule, type Schedule } from './schedule.js';

/** Options of {@link piecewiseConstantDecay}. */
export interface PiecewiseConstantDecayOptions {
  /** Last step of each value but the final one, rising. */
  boundaries: readonly number[];
  /** Learning rates, one more than boundaries. */
  values: readonly number[];
}

/**
 * rate(step) = values[i] for the first i with step ≤ boundaries[i], else the last value.
 * Source: Keras 3, PiecewiseConstantDecay.
 *
 * @throws ValueError
 */
export function piecewiseConstantDecay(options: PiecewiseConstantDecayOptions): Schedule {
  const where = 'piecewiseConstantDecay';
  checkOptionNames(where, options, ['boundaries', 'values']);
  const { boundaries, values } = options;
  if (!Array.isArray(boundaries) || !Array.isArray(values) || values.length !== boundaries.length + 1) {
    throw new ValueError(
      `${where}: values must be a list with one more entry than boundaries, ` +
        `got ${boundaries?.length} boundaries and ${values?.length} values`,
    );
  }
  boundaries.forEach((boundary, i) => {
    const min = i === 0 ? 0 : boundaries[i - 1] + 1;
    checkInteger(where, `boundaries[${i}]`, boundary, { min });
  });
  values.forEach((value, i) => {
    checkNumber(where, `values[${i}]`, value, { min: 0 });
  });
  const steps = [...boundaries];
  const rates = [...values];
  return declareSchedule({
    name: where,
    config: { boundaries: steps, values: rates },
    at(step) {
      const index = steps.findIndex((boundary) => step <= boundary);
      return rates[index < 0 ? steps.length : index];
    },
  });
}
