import { KERNELS, type KernelName } from '../wasm/generated/abi.js';
import type { Argument } from './recorder.js';
import type { MakeScratch, Split } from './split-rule.js';
import { SPLITS } from './split-rules.js';

/**
 * Nanoseconds below which threads do not pay. `call`: a call that is shorter is left to one thread; a barrier
 * takes up to a tenth of it. `run`: so much must be saved in all for threads to be woken.
 */
export const WORTH = { call: 5000, run: 20_000 };

/** A call that is shared out. */
export interface Shares {
  /** Per thread the arguments of the calls, of the same kernel, that it makes. */
  readonly shares: readonly (readonly (readonly Argument[])[])[];
  /** Nanoseconds that are saved, roughly. */
  readonly saved: number;
}

/** The calls of each thread that together do what one call does; null where one thread does it all. */
export function shareOut(
  kernel: KernelName,
  args: readonly Argument[],
  threads: number,
  scratch: MakeScratch,
): Shares | null {
  const split = splitOf(kernel, args);
  if (split === null || split.cost < WORTH.call) return null;
  const grains = Math.ceil(split.units / split.grain);
  if (grains < 2) return null;
  const shares = Array.from({ length: threads }, (_, i) => {
    const from = Math.floor((grains * i) / threads) * split.grain;
    const end = Math.min(Math.floor((grains * (i + 1)) / threads) * split.grain, split.units);
    return from < end ? split.part(from, end - from, scratch) : [];
  });
  return { shares, saved: split.cost * (1 - 1 / Math.min(threads, grains)) };
}

/** The split of a call, or null where its kernel has none. */
export function splitOf(kernel: KernelName, args: readonly Argument[]): Split | null {
  const rule = SPLITS[kernel];
  if (rule === undefined) return null;
  const places = [...KERNELS[kernel].args].filter((type) => type === 'p').length;
  return rule(args.slice(0, places), args.slice(places) as number[]);
}
