import { checkInteger, checkNumber } from '../../check.js';
import { checkOptionNames, ValueError } from '../../errors.js';
import { cosPi } from '../../numeric/cos.js';
import { declareSchedule, type Schedule } from './schedule.js';

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions {
  /** Learning rate at step 0. */
  initialLearningRate: number;
  /** Steps of the decay, warm-up not counted. */
  decaySteps: number;
  /** Rate at the end, as a fraction of the rate at the start of the decay. Default 0. */
  alpha?: number;
  /** Rate that the warm-up climbs to in a straight line. Default: no warm-up. */
  warmupTarget?: number | null;
  /** Steps of the warm-up. Default 0. */
  warmupSteps?: number;
}

/**
 * rate(step) = start · ((1 − alpha) · ½ (1 + cos(π · s / decaySteps)) + alpha),
 * s = min(step − warmupSteps, decaySteps), start = warmupTarget; before that a line from initialLearningRate
 * to warmupTarget. Without warm-up: s = min(step, decaySteps), start = initialLearningRate.
 * Source: Loshchilov & Hutter 2017; Keras 3, CosineDecay.
 *
 * @throws ValueError
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  const where = 'cosineDecay';
  checkOptionNames(where, options, [
    'initialLearningRate',
    'decaySteps',
    'alpha',
    'warmupTarget',
    'warmupSteps',
  ]);
  const initialLearningRate = checkNumber(where, 'initialLearningRate', options.initialLearningRate, {
    min: 0,
  });
  const decaySteps = checkInteger(where, 'decaySteps', options.decaySteps, { min: 1 });
  const alpha = checkNumber(where, 'alpha', options.alpha ?? 0, { min: 0 });
  const given = options.warmupTarget ?? null;
  const warmupTarget = given === null ? null : checkNumber(where, 'warmupTarget', given, { min: 0 });
  const warmupSteps = checkInteger(where, 'warmupSteps', options.warmupSteps ?? 0, { min: 0 });
  if (warmupTarget === null && warmupSteps > 0) {
    throw new ValueError(`${where}: warmupSteps ${warmupSteps} needs a warmupTarget`);
  }
  const start = warmupTarget ?? initialLearningRate;
  return declareSchedule({
    name: where,
    config: { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps },
    at(step) {
      if (step < warmupSteps) {
        return (start - initialLearningRate) * (step / warmupSteps) + initialLearningRate;
      }
      const completed = Math.min(step - warmupSteps, decaySteps) / decaySteps;
      return start * ((1 - alpha) * (0.5 * (1 + cosPi(completed))) + alpha);
    },
  });
}
