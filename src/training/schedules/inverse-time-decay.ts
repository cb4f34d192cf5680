import { checkBoolean, checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { declareSchedule, type Schedule } from './schedule.js';

/** Options of {@link inverseTimeDecay}. */
export interface InverseTimeDecayOptions {
  /** Learning rate at step 0. */
  initialLearningRate: number;
  /** Steps in which `decayRate` is added to the divisor once. */
  decaySteps: number;
  /** Growth of the divisor per `decaySteps`. */
  decayRate: number;
  /** True: whole multiples of `decaySteps` count only. Default false. */
  staircase?: boolean;
}

/**
 * rate(step) = initialLearningRate / (1 + decayRate · step / decaySteps); with `staircase` the quotient is
 * rounded down. Source: Keras 3, InverseTimeDecay.
 *
 * @throws ValueError
 */
export function inverseTimeDecay(options: InverseTimeDecayOptions): Schedule {
  const where = 'inverseTimeDecay';
  checkOptionNames(where, options, ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase']);
  const initialLearningRate = checkNumber(where, 'initialLearningRate', options.initialLearningRate, {
    min: 0,
  });
  const decaySteps = checkInteger(where, 'decaySteps', options.decaySteps, { min: 1 });
  const decayRate = checkNumber(where, 'decayRate', options.decayRate, { min: 0 });
  const staircase = checkBoolean(where, 'staircase', options.staircase ?? false);
  return declareSchedule({
    name: where,
    config: { initialLearningRate, decaySteps, decayRate, staircase },
    at(step) {
      const periods = step / decaySteps;
      return initialLearningRate / (1 + decayRate * (staircase ? Math.floor(periods) : periods));
    },
  });
}
