import { checkBoolean, checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { pow } from '../../numeric/pow.js';
import { declareSchedule, type Schedule } from './schedule.js';

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** Learning rate at step 0. */
  initialLearningRate: number;
  /** Steps in which the rate is multiplied by `decayRate` once. */
  decaySteps: number;
  /** Factor per `decaySteps`. */
  decayRate: number;
  /** True: whole multiples of `decaySteps` count only. Default false. */
  staircase?: boolean;
}

/**
 * rate(step) = initialLearningRate · decayRate^(step / decaySteps); with `staircase` the exponent is rounded
 * down. Source: Keras 3, ExponentialDecay.
 *
 * @throws ValueError
 */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  const where = 'exponentialDecay';
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
      return initialLearningRate * pow(decayRate, staircase ? Math.floor(periods) : periods);
    },
  });
}
