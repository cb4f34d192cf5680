import { unknownName } from '../../errors.js';
import { cosineDecay } from './cosine-decay.js';
import { cosineDecayRestarts } from './cosine-decay-restarts.js';
import { exponentialDecay } from './exponential-decay.js';
import { inverseTimeDecay } from './inverse-time-decay.js';
import { piecewiseConstantDecay } from './piecewise-constant-decay.js';
import { polynomialDecay } from './polynomial-decay.js';
import type { Schedule } from './schedule.js';

const SCHEDULES: Readonly<Record<string, (options: never) => Schedule>> = {
  exponentialDecay,
  cosineDecay,
  cosineDecayRestarts,
  piecewiseConstantDecay,
  polynomialDecay,
  inverseTimeDecay,
};

/** What makes the schedules of a name. @throws UnknownNameError */
export function scheduleNamed(name: string): (options: never) => Schedule {
  if (Object.hasOwn(SCHEDULES, name)) return SCHEDULES[name];
  throw unknownName('learningRate', 'schedule', name, Object.keys(SCHEDULES));
}
