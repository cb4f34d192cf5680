import type { LossCase } from './case.js';
import { probabilisticCases } from './probabilistic.js';
import { regressionCases } from './regression.js';

export type { LossCase } from './case.js';

/** Every loss, with every kind of option. */
export const LOSS_CASES: readonly LossCase[] = [...regressionCases, ...probabilisticCases];
