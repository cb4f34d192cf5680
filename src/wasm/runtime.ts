import { checkBoolean } from '../check.js';
import { checkOptionNames, ValueError } from '../errors.js';
import { hasRelaxedSimd, hasSimd, isLoaded, loadDot, loadRelaxed, type Numerics } from './load.js';

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
}

/** Options of {@link prepare}. */
export interface PrepareOptions {
  /** Numerics that models will ask for. Default 'portable', which needs no preparation. */
  numerics?: Numerics;
  /** True brings the engine's dot product of 8-bit integers for quantised models. Their bits stay the same. */
  int8?: boolean;
}

/** What {@link prepare} brought. */
export interface Prepared {
  /** The numerics that serve models which ask for what was prepared. */
  readonly numerics: Numerics;
  /** Whether quantised models made from now on use the engine's dot product of 8-bit integers. */
  readonly int8: boolean;
  /** What this engine could not give, in words; empty when everything is there. */
  readonly missing: readonly string[];
}

/** Tells what the engine offers, by trying it. */
export function runtimeInfo(): RuntimeInfo {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
  return {
    simd: hasSimd(),
    relaxedSimd: hasRelaxedSimd(),
    sharedMemory: typeof SharedArrayBuffer !== 'undefined' && isolated,
    relaxedPrepared: isLoaded('relaxed'),
    int8Prepared: isLoaded('dot'),
  };
}

/**
 * Brings the builds that are not part of the main download. Afterwards models may be made with them,
 * synchronously.
 *
 * Where the engine lacks relaxed SIMD, models that ask for it are served by the portable build, and the
 * result says so.
 *
 * @throws ValueError for numerics that do not exist, UnknownNameError for an option that does not
 */
export async function prepare(options: PrepareOptions = {}): Promise<Prepared> {
  checkOptionNames('prepare', options, ['numerics', 'int8']);
  const { numerics = 'portable' } = options;
  if (numerics !== 'portable' && numerics !== 'relaxed') {
    throw new ValueError(`prepare: numerics must be 'portable' or 'relaxed', got ${String(numerics)}`);
  }
  const serving = numerics === 'relaxed' ? await loadRelaxed() : numerics;
  const wantsInt8 = checkBoolean('prepare', 'int8', options.int8 ?? false);
  const int8 = wantsInt8 ? await loadDot() : isLoaded('dot');
  const lacks = serving !== numerics || (wantsInt8 && !int8);
  const missing = lacks ? ['relaxed SIMD: the portable build serves (Node 20 has it behind a flag)'] : [];
  return { numerics: serving, int8, missing };
}
