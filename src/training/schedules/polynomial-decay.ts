import { checkBoolean, checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { pow } from '../../numeric/pow.js';
import { declareSchedule, type Schedule } from './schedule.js';

/** Options of {@link polynomialDecay}. */
export interface PolynomialDecayOptions {
  /** Learning rate at step 0. */
  initialLearningRate: number;
  /** Steps until the end rate is reached. */
  decaySteps: number;
  /** Learning rate at the end. Default 0.0001. */
  endLearningRate?: number;
  /** Exponent; 1 is a straight line. Default 1. */
  power?: number;
  /** True: when the end is reached, decay again over twice, three times, ... `decaySteps`. Default false. */
  cycle?: boolean;
}

/**
 * rate(step) = (initial − end) · (1 − s / decaySteps)^power + end,  s = min(step, decaySteps); with `cycle`
 * s = step, and decaySteps is replaced by its first multiple that is at least step.
 * Source: Keras 3, PolynomialDecay.
 *
 * @throws ValueError
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  const where = 'polynomialDecay';
  checkOptionNames(where, options, [
    'initialLearningRate',
    'decaySteps',
    'endLearningRate',
    'power',
    'cycle',
  ]);
  const initialLearningRate = checkNumber(where, 'initialLearningRate', options.initialLearningRate, {
    min: 0,
  });
  const decaySteps = checkInteger(where, 'decaySteps', options.decaySteps, { min: 1 });
  const endLearningRate = checkNumber(where, 'endLearningRate', options.endLearningRate ?? 1e-4, { min: 0 });
  const power = checkNumber(where, 'power', options.power ?? 1, { min: 0 });
  const cycle = checkBoolean(where, 'cycle', options.cycle ?? false);
  return declareSchedule({
    name: where,
    config: { initialLearningRate, decaySteps, endLearningRate, power, cycle },
    at(step) {
      const span = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps;
      const left = 1 - Math.min(step, span) / span;
      return (initialLearningRate - endLearningRate) * pow(left, power) + endLearningRate;
    },
  });
}
