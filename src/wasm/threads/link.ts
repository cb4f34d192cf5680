import { StateError } from '../../errors.js';
import type { instantiateThreads } from '../load.js';
import type { sharedMemory } from './shared.js';
import type { Team, teamBytes } from './team.js';
import type { acquirePool } from './threads.js';

/** What a memory with threads is made of. */
export interface ThreadParts {
  readonly acquirePool: typeof acquirePool;
  readonly sharedMemory: typeof sharedMemory;
  readonly instantiateThreads: typeof instantiateThreads;
  readonly teamBytes: typeof teamBytes;
  readonly Team: typeof Team;
}

let linked: ThreadParts | null = null;

/** Brings the parts, when `prepare` is asked for threads: programs that never ask do not carry them. */
export function linkThreads(parts: ThreadParts): void {
  linked = parts;
}

/**
 * The parts, for a model with so many threads.
 * @throws StateError when no threads have been prepared
 */
export function threadParts(threads: number): ThreadParts {
  if (linked !== null) return linked;
  throw new StateError(
    `model: threads: ${threads} are not prepared: call await prepare({ threads: ${threads} }) first`,
  );
}
