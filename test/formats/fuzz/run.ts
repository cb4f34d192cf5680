import { RecurraError } from '../../../src/index.js';
import { drawsFrom, mutate } from './mutate.js';
import type { Target } from './targets.js';

/** How long to go on: so many files, or so many seconds. */
export interface Extent {
  readonly count: number;
  /** Where it is given, it ends the run whatever the count. */
  readonly seconds: number | null;
  /** Another seed makes other files. */
  readonly seed: number;
}

/** What became of the damaged files of a format. */
export interface Outcome {
  readonly files: number;
  /** Those that a RecurraError refused; the others were read. */
  readonly refused: number;
  /** Longest time that one took, in milliseconds. */
  readonly slowest: number;
  /** Most bytes that one unfolded to, as a multiple of its own. */
  readonly unfolded: number;
}

/** Files of less may unfold to this in any case: see checkUnfolded in src/formats/file.ts. */
const ALWAYS_ALLOWED = 1 << 16;

/**
 * Reads damaged copies of a format's files.
 * @throws Error naming the file that was met with anything but a RecurraError, or that unfolded beyond measure
 */
export function fuzz(
  format: string,
  { files, read, mutate: damage = mutate }: Target,
  { count, seconds, seed }: Extent,
): Outcome {
  let [done, refused, slowest, unfolded] = [0, 0, 0, 0];
  const begun = performance.now();
  const isOver = (): boolean =>
    seconds === null ? done >= count : performance.now() - begun >= 1000 * seconds;
  for (; !isOver(); done++) {
    const bytes = damage(files[done % files.length], drawsFrom(seed * 1_000_003 + done));
    const start = performance.now();
    try {
      const floats = read(bytes).reduce((sum, { data }) => sum + data.length, 0);
      if (4 * floats > ALWAYS_ALLOWED) unfolded = Math.max(unfolded, (4 * floats) / bytes.length);
      if (4 * floats > Math.max(10 * bytes.length, ALWAYS_ALLOWED)) {
        throw new Error(`${bytes.length} bytes unfolded to ${4 * floats}`);
      }
    } catch (error) {
      if (!(error instanceof RecurraError)) {
        throw new Error(`${format}, file ${done} of seed ${seed}`, { cause: error });
      }
      refused++;
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  return { files: done, refused, slowest, unfolded };
}
