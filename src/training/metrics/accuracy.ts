import { ValueError } from '../../errors.js';
import { argmax } from '../argmax.js';
import { meanMetric } from './mean.js';
import type { Metric, NameOption } from './metric.js';
import { needDense, needOneHot, needSparse } from './metric.js';

/** Options of {@link binaryAccuracy}. */
export interface BinaryAccuracyOptions extends NameOption {
  /** A prediction above it counts as 1; between 0 and 1, both excluded. Default 0.5. */
  threshold?: number;
}

/**
 * Share of outputs that fall on the side of the threshold that their target, 0 or 1, says.
 * Rows of several outputs count as their mean. Predictions are probabilities.
 */
export function binaryAccuracy(options: BinaryAccuracyOptions = {}): Metric {
  const { threshold = 0.5 } = options;
  if (!(threshold > 0 && threshold < 1)) {
    throw new ValueError(
      `binaryAccuracy: threshold must lie between 0 and 1, both excluded; got ${threshold}`,
    );
  }
  // Predictions are f32: compare with the f32 nearest to the threshold, so that 0.7 is not above 0.7.
  const limit = Math.fround(threshold);
  return meanMetric(
    {
      metric: 'binaryAccuracy',
      direction: 'up',
      config: { threshold },
      check: needDense,
      value: ({ target, prediction, outputs }, r) => {
        let right = 0;
        for (let i = r * outputs; i < (r + 1) * outputs; i++) {
          if (target[i] === (prediction[i] > limit ? 1 : 0)) right++;
        }
        return right / outputs;
      },
    },
    options,
  );
}

/** Share of rows whose largest output is the class of the one-hot target; of equals the first counts. */
export function categoricalAccuracy(options: NameOption = {}): Metric {
  return meanMetric(
    {
      metric: 'categoricalAccuracy',
      direction: 'up',
      check: needOneHot,
      value: ({ target, prediction, outputs }, r) =>
        argmax(target, r * outputs, outputs) === argmax(prediction, r * outputs, outputs) ? 1 : 0,
    },
    options,
  );
}

/** Share of rows whose largest output is the class that the target names by its index. */
export function sparseCategoricalAccuracy(options: NameOption = {}): Metric {
  return meanMetric(
    {
      metric: 'sparseCategoricalAccuracy',
      direction: 'up',
      check: needSparse,
      value: ({ target, prediction, outputs }, r) =>
        target[r] === argmax(prediction, r * outputs, outputs) ? 1 : 0,
    },
    options,
  );
}
