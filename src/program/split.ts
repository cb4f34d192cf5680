import type { KernelName } from '../wasm/generated/abi.js';
import type { Kernel } from '../wasm/kernel.js';
import type { Argument, Loop } from './recorder.js';
import type { MakeScratch, Split } from './split-rule.js';
import { SPLITS } from './split-rules.js';
import { UNIT_GRAIN, UNIT_SPLITS, type UnitSplit } from './split-units.js';
import { WORTH } from './worth.js';

export { WORTH };

/** Where the threads of a program meet. */
export interface Meeting {
  /** Address of the words that they share. */
  readonly words: number;
  /** First ticket that a call may use. */
  readonly ticket: number;
}

/** A call that is shared out. */
export interface Shares {
  readonly kernel: Kernel;
  /** Per thread the arguments of the calls of that kernel that it makes. */
  readonly shares: readonly (readonly (readonly Argument[])[])[];
  /** Tickets that the calls use. */
  readonly tickets: number;
  /** Nanoseconds that are saved, roughly. */
  readonly saved: number;
}

/** The calls of each thread that together do what one call does; null where one thread does it all. */
export function shareOut(
  kernel: Kernel,
  args: readonly Argument[],
  threads: number,
  scratch: MakeScratch,
  meeting: Meeting,
): Shares | null {
  const split = splitOf(kernel, args);
  const units = unitSplitOf(kernel, args);
  const alone = split === null ? 0 : savedBy(split, threads);
  const together = units === null ? 0 : savedTogether(units, threads);
  if (units !== null && together > alone) return shareUnits(units, args, threads, meeting, together);
  if (split === null || split.cost < WORTH.call || alone <= 0) return null;
  const shares = cuts(split.units, split.grain, threads).map(({ from, to }) =>
    from < to ? split.part(from, to - from, scratch) : [],
  );
  return { kernel, shares, tickets: 0, saved: alone };
}

/** The units of a loop that each thread has; null where one thread does it all. */
export function shareLoop(
  { units, cost }: Loop,
  threads: number,
): { readonly parts: readonly { from: number; to: number }[]; readonly saved: number } | null {
  if (units < 2 || cost < WORTH.call) return null;
  return { parts: cuts(units, 1, threads), saved: cost * (1 - largest(units, 1, threads)) };
}

/** What each of the threads has of so many units. */
function cuts(units: number, grain: number, threads: number): { from: number; to: number }[] {
  const grains = Math.ceil(units / grain);
  const bound = (i: number): number => Math.min(Math.floor((grains * i) / threads) * grain, units);
  return Array.from({ length: threads }, (_, i) => ({ from: bound(i), to: bound(i + 1) }));
}

/** Part of a call's time that is left when so many threads share it: the largest share. */
function largest(units: number, grain: number, threads: number): number {
  return units === 0 ? 1 : Math.max(...cuts(units, grain, threads).map(({ from, to }) => to - from)) / units;
}

const savedBy = ({ units, grain, cost }: Split, threads: number): number =>
  cost * (1 - largest(units, grain, threads));

function savedTogether({ units, tickets, cost }: UnitSplit, threads: number): number {
  const parts = unitParts(units, threads);
  return cost * (1 - largest(units, UNIT_GRAIN, parts)) - tickets * WORTH.meeting;
}

/** Threads among which units are shared out. */
const unitParts = (units: number, threads: number): number =>
  Math.min(threads, Math.ceil(units / UNIT_GRAIN));

function shareUnits(
  { kernel, units, tickets }: UnitSplit,
  args: readonly Argument[],
  threads: number,
  { words, ticket }: Meeting,
  saved: number,
): Shares {
  const parts = unitParts(units, threads);
  const shares = cuts(units, UNIT_GRAIN, parts).map(({ from, to }, i) => [
    [words, i, parts, ticket, from, to, ...args],
  ]);
  return { kernel, shares: [...shares, ...Array(threads - parts).fill([])], tickets, saved };
}

/** The split of a call, or null where its kernel has none. */
export function splitOf(kernel: Kernel, args: readonly Argument[]): Split | null {
  const rule = SPLITS[kernel.name as KernelName];
  if (rule === undefined) return null;
  const places = placesOf(kernel);
  return rule(args.slice(0, places), args.slice(places) as number[]);
}

function unitSplitOf(kernel: Kernel, args: readonly Argument[]): UnitSplit | null {
  return UNIT_SPLITS[kernel.name as KernelName]?.(args.slice(placesOf(kernel)) as number[]) ?? null;
}

/** Number of addresses, which stand in front of the numbers. */
function placesOf(kernel: Kernel): number {
  return [...kernel.args].filter((type) => type === 'p').length;
}
