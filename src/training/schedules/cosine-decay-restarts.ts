import { checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { cosPi } from '../../numeric/cos.js';
import { log } from '../../numeric/log.js';
import { powInteger } from '../../numeric/pow.js';
import { declareSchedule, type Schedule } from './schedule.js';

/** Options of {@link cosineDecayRestarts}. */
export interface CosineDecayRestartsOptions {
  /** Learning rate at step 0. */
  initialLearningRate: number;
  /** Steps of the first period. */
  firstDecaySteps: number;
  /** Each period is this many times as long as the one before, at least 1. Default 2. */
  tMul?: number;
  /** Each period starts at this many times the rate of the one before. Default 1. */
  mMul?: number;
  /** Smallest rate, as a fraction of `initialLearningRate`. Default 0. */
  alpha?: number;
}

/**
 * rate(step) = initial · ((1 − alpha) · ½ mMulⁱ (1 + cos(π · c)) + alpha), in period i, of length
 * firstDecaySteps · tMulⁱ, of which the fraction c is done.
 * Source: Loshchilov & Hutter 2017; Keras 3, CosineDecayRestarts.
 *
 * @throws ValueError
 */
export function cosineDecayRestarts(options: CosineDecayRestartsOptions): Schedule {
  const where = 'cosineDecayRestarts';
  checkOptionNames(where, options, ['initialLearningRate', 'firstDecaySteps', 'tMul', 'mMul', 'alpha']);
  const initialLearningRate = checkNumber(where, 'initialLearningRate', options.initialLearningRate, {
    min: 0,
  });
  const firstDecaySteps = checkInteger(where, 'firstDecaySteps', options.firstDecaySteps, { min: 1 });
  const tMul = checkNumber(where, 'tMul', options.tMul ?? 2, { min: 1 });
  const mMul = checkNumber(where, 'mMul', options.mMul ?? 1, { min: 0 });
  const alpha = checkNumber(where, 'alpha', options.alpha ?? 0, { min: 0 });
  return declareSchedule({
    name: where,
    config: { initialLearningRate, firstDecaySteps, tMul, mMul, alpha },
    at(step) {
      const { period, completed } = locate(step, firstDecaySteps, tMul);
      const cosine = 0.5 * powInteger(mMul, period) * (1 + cosPi(completed));
      return initialLearningRate * ((1 - alpha) * cosine + alpha);
    },
  });
}

/** First step of a period: first · (1 + t + … + t^(period − 1)). */
function periodStart(period: number, first: number, t: number): number {
  return t === 1 ? first * period : (first * (powInteger(t, period) - 1)) / (t - 1);
}

/** The period that a step falls in, and how much of it is done. */
function locate(step: number, first: number, t: number): { period: number; completed: number } {
  const passed = step / first;
  let period = t === 1 ? Math.floor(passed) : Math.floor(log(1 + passed * (t - 1)) / log(t));
  // The logarithm can miss a restart by one.
  if (step >= periodStart(period + 1, first, t)) period++;
  else if (step < periodStart(period, first, t)) period--;
  const completed = (step - periodStart(period, first, t)) / (first * powInteger(t, period));
  return { period, completed };
}
