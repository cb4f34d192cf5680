import { checkNumber } from '../../check.js';
import { unknownName } from '../../errors.js';
import { cosineDecay } from './cosine-decay.js';
import { cosineDecayRestarts } from './cosine-decay-restarts.js';
import { exponentialDecay } from './exponential-decay.js';
import { inverseTimeDecay } from './inverse-time-decay.js';
import { piecewiseConstantDecay } from './piecewise-constant-decay.js';
import { polynomialDecay } from './polynomial-decay.js';
import type { Schedule, Serialized } from './schedule.js';

export { type CosineDecayOptions, cosineDecay } from './cosine-decay.js';
export { type CosineDecayRestartsOptions, cosineDecayRestarts } from './cosine-decay-restarts.js';
export { type ExponentialDecayOptions, exponentialDecay } from './exponential-decay.js';
export { type InverseTimeDecayOptions, inverseTimeDecay } from './inverse-time-decay.js';
export { type PiecewiseConstantDecayOptions, piecewiseConstantDecay } from './piecewise-constant-decay.js';
export { type PolynomialDecayOptions, polynomialDecay } from './polynomial-decay.js';
export type { Schedule, Serialized } from './schedule.js';

const SCHEDULES: Readonly<Record<string, (options: never) => Schedule>> = {
  exponentialDecay,
  cosineDecay,
  cosineDecayRestarts,
  piecewiseConstantDecay,
  polynomialDecay,
  inverseTimeDecay,
};

/** Rebuilds a schedule from a saved file. @throws UnknownNameError, ValueError */
export function scheduleFrom(saved: Serialized): Schedule {
  if (!Object.hasOwn(SCHEDULES, saved.name)) {
    throw unknownName('learningRate', 'schedule', saved.name, Object.keys(SCHEDULES));
  }
  return SCHEDULES[saved.name](saved.config as never);
}

/** Whether a schedule can be made again from its name and config. */
export function isKnownSchedule({ name }: Schedule): boolean {
  return Object.hasOwn(SCHEDULES, name);
}

/** A learning rate as users and files give it: a number, a schedule, or a saved schedule. @throws ValueError */
export function learningRateFrom(where: string, value: unknown): number | Schedule {
  if (typeof value === 'object' && value !== null) {
    if ('at' in value && typeof value.at === 'function') return value as Schedule;
    if ('name' in value && 'config' in value) return scheduleFrom(value as Serialized);
  }
  return checkNumber(where, 'learningRate', value, { min: 0 });
}
