import { log } from '../numeric/log.js';
import type { Steps } from './steps.js';

/** Classes said one after another, and the natural logarithm of their probability. */
export interface CtcPath {
  /** Class ids, blanks and repeats taken out. */
  readonly labels: number[];
  /** Natural logarithm of its probability. */
  readonly logProbability: number;
}

/**
 * The classes of the likeliest way through the steps, blanks left out and repeats merged. Its probability is that of
 * this one way; other ways may say the same.
 */
export function greedyPath({ data, classes, rows }: Steps, blank: number): CtcPath {
  const labels: number[] = [];
  let before = blank;
  let logProbability = 0;
  for (const row of rows) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (data[row + k] > data[row + best]) best = k;
    logProbability += log(data[row + best]);
    if (best !== blank && best !== before) labels.push(best);
    before = best;
  }
  return { labels, logProbability };
}
