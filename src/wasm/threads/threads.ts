import { StateError } from '../../errors.js';
import { type Build, instantiateThreads, loadThreads, threadModuleFor } from '../load.js';
import { linkThreads } from './link.js';
import { Pool } from './pool.js';
import { sharedMemory, whyNotShared } from './shared.js';
import type { Spawn } from './spawn.js';
import { Team, teamBytes } from './team.js';

let spawn: Spawn | null = null;
let pool: Pool | null = null;
/** Most threads asked for so far, and why there is only one after all. */
let prepared = 1;
let refusal: string | undefined;

/** Threads that a model made now can have. */
export function threadsAvailable(): number {
  return refusal === undefined ? prepared : 1;
}

/** Brings builds for threads and starts workers. Gives undefined, or why there are none. */
export async function prepareThreads(threads: number, builds: readonly Build[]): Promise<string | undefined> {
  prepared = Math.max(prepared, threads);
  linkThreads({ acquirePool, sharedMemory, instantiateThreads, teamBytes, Team });
  refusal = whyNotShared();
  if (refusal !== undefined) return refusal;
  if (!mayHaveWorkers()) {
    refusal = 'workers: this engine has none';
    return refusal;
  }
  try {
    await Promise.all(builds.map(loadThreads));
  } catch (error) {
    refusal = `threads: the engine does not take the build for them (${String(error)})`;
    return refusal;
  }
  const reason = await startWorkers(prepared - 1);
  refusal = reason === undefined ? undefined : `workers: ${reason}`;
  return refusal;
}

/** Service workers and worklets have none, nor may they import what starts them. */
function mayHaveWorkers(): boolean {
  const { process, Worker } = globalThis as { process?: unknown; Worker?: unknown };
  return process !== undefined || Worker !== undefined;
}

/** Starts workers in the first way that works. Gives undefined, or why none does. */
async function startWorkers(count: number): Promise<string | undefined> {
  let ways: readonly Spawn[] = spawn === null ? [] : [spawn];
  if (spawn === null) ways = await (await import('./spawn.js')).findSpawns();
  let reason: string | undefined = 'this engine has none';
  for (const way of ways) {
    const workers = usablePool(way);
    workers.grow(count);
    reason = await workers.started();
    if (reason === undefined) {
      spawn = way;
      break;
    }
  }
  return reason;
}

/**
 * The workers for a model, which counts as their user, and the build for them; null where {@link prepareThreads} said
 * that there are none.
 * @throws StateError when fewer threads, or other numerics, have been prepared
 */
export function acquirePool(
  threads: number,
  build: Build,
): { pool: Pool; module: WebAssembly.Module } | null {
  if (threads > prepared) {
    throw new StateError(
      `model: threads: ${threads} are not prepared: call await prepare({ threads: ${threads} }) first`,
    );
  }
  if (refusal !== undefined || spawn === null) return null;
  const module = threadModuleFor(build);
  const workers = usablePool(spawn);
  workers.grow(threads - 1);
  workers.retain();
  return { pool: workers, module };
}

function usablePool(start: Spawn): Pool {
  if (pool === null || pool.broken !== null) pool = new Pool(start);
  return pool;
}
