import { log } from '../numeric/log.js';
import type { CtcPath } from './greedy.js';
import type { Steps } from './steps.js';

/** A prefix: the classes from the root of a tree to a node. Probabilities are shares of those of the best prefix. */
class Prefix {
  /** Of the ways so far that end in a blank, and of those that end in the last class. */
  blank = 0;
  label = 0;
  /** The same after the step that is being taken. */
  nextBlank = 0;
  nextLabel = 0;
  /** Step at which it was last reached. */
  reached = -1;
  private readonly longer = new Map<number, Prefix>();

  constructor(
    readonly before: Prefix | null,
    readonly last: number,
    /** Tells equals apart: which was there first. */
    readonly number: number,
  ) {}

  /** This prefix and one more class. */
  and(last: number, make: () => Prefix): Prefix {
    let found = this.longer.get(last);
    if (found === undefined) {
      found = make();
      this.longer.set(last, found);
    }
    return found;
  }

  get labels(): number[] {
    const labels: number[] = [];
    for (let p: Prefix = this; p.before !== null; p = p.before) labels.push(p.last);
    return labels.reverse();
  }
}

const total = (p: Prefix): number => p.blank + p.label;

/** The likeliest first; of equals the one that was there first. */
const byProbability = (a: Prefix, b: Prefix): number => total(b) - total(a) || a.number - b.number;

/**
 * The likeliest labels by prefix beam search: `width` prefixes are kept from step to step, each with the sum of the
 * ways to say it, apart by whether they end in a blank.
 *
 * ```text
 * p_t(ℓ, blank) = y_t(blank) · p_{t−1}(ℓ)
 * p_t(ℓ, label) = y_t(last of ℓ) · (p_{t−1}(ℓ, label) + p_{t−1}(ℓ without its last))     of equal classes: (…, blank)
 * ```
 *
 * Source: Graves 2012, section 7.5.2; Hannun et al. 2014
 */
export function beamPaths(
  { data, classes, rows }: Steps,
  blank: number,
  width: number,
  top: number,
): CtcPath[] {
  let count = 0;
  const root = new Prefix(null, -1, count++);
  root.blank = 1;
  let beam = [root];
  let logScale = 0;
  rows.forEach((row, step) => {
    const found: Prefix[] = [];
    const reach = (prefix: Prefix): Prefix => {
      if (prefix.reached !== step) {
        prefix.reached = step;
        prefix.nextBlank = 0;
        prefix.nextLabel = 0;
        found.push(prefix);
      }
      return prefix;
    };
    for (const prefix of beam) {
      const sum = total(prefix);
      const own = reach(prefix);
      own.nextBlank += sum * data[row + blank];
      if (prefix.before !== null) own.nextLabel += prefix.label * data[row + prefix.last];
      for (let k = 0; k < classes; k++) {
        if (k === blank || data[row + k] === 0) continue;
        const from = k === prefix.last ? prefix.blank : sum;
        if (from === 0) continue;
        const longer = prefix.and(k, () => new Prefix(prefix, k, count++));
        reach(longer).nextLabel += from * data[row + k];
      }
    }
    for (const prefix of beam) prefix.blank = prefix.label = 0;
    for (const prefix of found) {
      prefix.blank = prefix.nextBlank;
      prefix.label = prefix.nextLabel;
    }
    found.sort(byProbability);
    beam = found.slice(0, width);
    for (const prefix of found.slice(width)) prefix.blank = prefix.label = 0;
    const best = total(beam[0]);
    logScale += log(best);
    if (best === 0) return;
    for (const prefix of beam) {
      prefix.blank /= best;
      prefix.label /= best;
    }
  });
  return beam
    .slice(0, top)
    .map((prefix) => ({ labels: prefix.labels, logProbability: logScale + log(total(prefix)) }));
}
