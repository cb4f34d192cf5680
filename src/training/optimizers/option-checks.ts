import { checkBoolean, checkNumber } from '../../check.js';
import { ValueError } from '../../errors.js';
import type { OptionCheck } from './optimizer.js';

/** In [0, 1): how much of a running mean is kept. */
export const decayRate: OptionCheck<number> = (where, name, value) =>
  checkNumber(where, name, value, { min: 0, below: 1 });

/** In [0, 1]. */
export const fraction: OptionCheck<number> = (where, name, value) =>
  checkNumber(where, name, value, { min: 0, max: 1 });

/** At least 0. */
export const notNegative: OptionCheck<number> = (where, name, value) =>
  checkNumber(where, name, value, { min: 0 });

/** Above 0, and still so as a 32-bit float: with 0 a zero gradient would be 0 / 0. */
export const epsilon: OptionCheck<number> = (where, name, value) => {
  const checked = checkNumber(where, name, value, { above: 0 });
  if (Math.fround(checked) > 0) return checked;
  throw new ValueError(`${where}: ${name} must be at least 1e-45, got ${checked}`);
};

/** True or false. */
export const flag: OptionCheck<boolean> = checkBoolean;
