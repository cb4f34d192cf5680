import { checkNumber } from '../../check.js';

/** A learning rate that depends on the step. */
export interface Schedule {
  /** Name in saved files: 'cosineDecay'. */
  readonly name: string;
  /** Options that rebuild it, JSON-serialisable. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Learning rate of the step, counted in batches from 0. */
  at(step: number): number;
}

const declared = new WeakSet<Schedule>();

/** A schedule of recurra's own: a file brings it back by its name and config. */
export function declareSchedule(schedule: Schedule): Schedule {
  declared.add(schedule);
  return schedule;
}

/** Whether a file can bring a schedule back. */
export function isOwnSchedule(schedule: Schedule): boolean {
  return declared.has(schedule);
}

/** A learning rate as users give it: a number or a schedule. @throws ValueError */
export function learningRateFrom(where: string, value: unknown): number | Schedule {
  if (typeof value === 'object' && value !== null && typeof (value as Partial<Schedule>).at === 'function') {
    return value as Schedule;
  }
  return checkNumber(where, 'learningRate', value, { min: 0 });
}

/** A schedule or optimizer in a saved file. */
export interface Serialized {
  /** Name of its factory. */
  readonly name: string;
  /** Options for the factory. */
  readonly config: Readonly<Record<string, unknown>>;
}
