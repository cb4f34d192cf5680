import { checkBoolean, checkInteger, checkWord } from '../check.js';
import { checkOptionNames } from '../errors.js';
import { hasRelaxedSimd, hasSimd } from '../wasm/features.js';
import { type Build, isLoaded, loadDot, loadRelaxed, type Numerics } from '../wasm/load.js';
import { MAX_THREADS } from '../wasm/threads/pool.js';
import { whyNotShared } from '../wasm/threads/shared.js';
import { prepareThreads, threadsAvailable } from '../wasm/threads/threads.js';
import { Schedule } from './schedule.js';
import { layOut } from './thread-layout.js';

/** What the engine offers. */
export interface RuntimeInfo {
  /** Fixed-width SIMD: without it no model can be made. */
  readonly simd: boolean;
  /** Relaxed SIMD, which `numerics: 'relaxed'` needs to be of use. */
  readonly relaxedSimd: boolean;
  /** Memory that workers can share. */
  readonly sharedMemory: boolean;
  /** Whether `numerics: 'relaxed'` has been prepared. */
  readonly relaxedPrepared: boolean;
  /** Whether the engine's dot product of 8-bit integers has been prepared for quantised models. */
  readonly int8Prepared: boolean;
  /** Threads that models can have: 1 until `prepare({ threads })` has brought more. */
  readonly threads: number;
}

/** Options of {@link prepare}. */
export interface PrepareOptions {
  /** Numerics that models will ask for. Default 'portable', which needs no preparation. */
  numerics?: Numerics;
  /** True brings the engine's dot product of 8-bit integers for quantised models. Their bits stay the same. */
  int8?: boolean;
  /** Threads that models will ask for, the calling one included. Default 1, which needs no preparation. */
  threads?: number;
}

/** What {@link prepare} brought. */
export interface Prepared {
  /** The numerics that serve models which ask for what was prepared. */
  readonly numerics: Numerics;
  /** Whether quantised models made from now on use the engine's dot product of 8-bit integers. */
  readonly int8: boolean;
  /** Threads that serve models which ask for what was prepared. */
  readonly threads: number;
  /** What this engine could not give, in words; empty when everything is there. */
  readonly missing: readonly string[];
}

/** Tells what the engine offers, by trying it. */
export function runtimeInfo(): RuntimeInfo {
  return {
    simd: hasSimd(),
    relaxedSimd: hasRelaxedSimd(),
    sharedMemory: whyNotShared() === undefined,
    relaxedPrepared: isLoaded('relaxed'),
    int8Prepared: isLoaded('dot'),
    threads: threadsAvailable(),
  };
}

/**
 * Brings the builds that are not part of the main download, and starts workers. Afterwards models may be made
 * with them, synchronously.
 *
 * Where the engine lacks relaxed SIMD, or a build cannot be fetched, the portable build serves models that ask for it;
 * where there is no shared memory or no worker, models that ask for threads have one. The result says so.
 *
 * @throws ValueError for numerics that do not exist or threads out of range, UnknownNameError for an option
 *   that does not
 */
export async function prepare(options: PrepareOptions = {}): Promise<Prepared> {
  checkOptionNames('prepare', options, ['numerics', 'int8', 'threads']);
  const { numerics = 'portable', threads = 1 } = options;
  checkWord('prepare', 'numerics', numerics, ['portable', 'relaxed'] as const);
  checkInteger('prepare', 'threads', threads, { min: 1, max: MAX_THREADS });
  const wantsInt8 = checkBoolean('prepare', 'int8', options.int8 ?? false);
  const noRelaxed = numerics === 'relaxed' ? await loadRelaxed() : undefined;
  const noDot = wantsInt8 ? await loadDot() : undefined;
  const int8 = isLoaded('dot');
  const builds: Build[] = wantsInt8 && int8 ? [numerics, 'dot'] : [numerics];
  if (threads > 1) layOut.withSchedule(Schedule);
  const refusal = threads > 1 ? await prepareThreads(threads, builds) : undefined;
  const missing = [...new Set([noRelaxed, noDot])].filter((reason) => reason !== undefined);
  if (refusal !== undefined) missing.push(`${refusal}; one thread serves`);
  const serving = noRelaxed === undefined ? numerics : 'portable';
  return { numerics: serving, int8, threads: refusal === undefined ? threads : 1, missing };
}
