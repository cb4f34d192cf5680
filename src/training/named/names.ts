import { lossNamed } from '../losses/registry.js';
import { metricNamed } from '../metrics/registry.js';
import type { Names } from '../names.js';
import { optimizerNamed } from '../optimizers/registry.js';
import { scheduleNamed } from '../schedules/registry.js';

/** Every name of recurra's. What refers to it brings every loss, optimizer, metric and schedule. */
export const ALL_NAMES: Names = {
  loss: lossNamed as Names['loss'],
  usualOptimizer: 'rmsprop',
  optimizer: optimizerNamed,
  metric: metricNamed,
  schedule: scheduleNamed,
};
