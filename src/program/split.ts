import { KERNELS, type KernelName } from '../wasm/generated/abi.js';
import type { Argument } from './recorder.js';
import type { MakeScratch, Split } from './split-rule.js';
import { SPLITS } from './split-rules.js';

/** What is shorter than this is left to one thread: nanoseconds. A barrier takes up to a tenth of it. */
export const WORTH_SPLITTING = 5000;

/** The calls of each thread that together do what one call does; null where one thread does it all. */
export function shareOut(
  kernel: KernelName,
  args: readonly Argument[],
  threads: number,
  scratch: MakeScratch,
  worth: number = WORTH_SPLITTING,
): (readonly Argument[])[][] | null {
  const split = splitOf(kernel, args);
  if (split === null || split.cost < worth) return null;
  const grains = Math.ceil(split.units / split.grain);
  if (grains < 2) return null;
  return Array.from({ length: threads }, (_, i) => {
    const from = Math.floor((grains * i) / threads) * split.grain;
    const end = Math.min(Math.floor((grains * (i + 1)) / threads) * split.grain, split.units);
    return from < end ? [...split.part(from, end - from, scratch)] : [];
  });
}

/** The split of a call, or null where its kernel has none. */
export function splitOf(kernel: KernelName, args: readonly Argument[]): Split | null {
  const rule = SPLITS[kernel];
  if (rule === undefined) return null;
  const places = [...KERNELS[kernel].args].filter((type) => type === 'p').length;
  return rule(args.slice(0, places), args.slice(places) as number[]);
}
