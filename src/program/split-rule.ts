import type { Argument } from './recorder.js';
import { at, type Region } from './region.js';

/** Makes a scratch buffer that one share of one call has to itself. */
export type MakeScratch = (floats: number) => Region;

/** How the output of one call divides. Parts write different elements, and read nothing that another writes. */
export interface Split {
  /** Number of units that the output divides into: rows, samples, elements, panels. */
  readonly units: number;
  /** Parts begin at multiples of this. */
  readonly grain: number;
  /** Time of the whole call on one thread, a rough figure in nanoseconds. */
  readonly cost: number;
  /** Arguments of the calls that make units `from` to `from + count`; `first` for the part that starts at 0. */
  part(from: number, count: number, scratch: MakeScratch): readonly (readonly Argument[])[];
}

/** Gives the split of a call from its addresses and its numbers, both in the order of the kernel's arguments. */
export type SplitRule = (places: readonly Argument[], numbers: readonly number[]) => Split;

/** The argument `floats` behind another; null stays null. */
export function behind(place: Argument, floats: number): Argument {
  if (place === null) return null;
  if (typeof place === 'number') return place + 4 * floats;
  return at(place, floats);
}

/** Elements that share a cache line: two threads never write to the same. */
export const LINE = 16;

/** Units that one call with other addresses and sizes makes. */
export function cut(
  units: number,
  grain: number,
  cost: number,
  part: (from: number, count: number) => Argument[],
): Split {
  return { units, grain, cost, part: (from, count) => [part(from, count)] };
}

/** Rough times in nanoseconds: of a unit of a cell in one step beside its products, of a multiply-add there. */
const UNIT = 6;
const MADD = 0.05;
/** More weights than this (2 MB) are read again from beyond the second-level cache at each step. */
const CACHED = 1 << 19;
const FETCHED = 0.08;

/** Rough time in nanoseconds of one step of a cell of H units, whose products have so many weights. */
export function cellCost(B: number, H: number, weights: number): number {
  return B * (H * UNIT + weights * MADD) + (weights > CACHED ? weights * FETCHED : 0);
}

/** Floats of a sample at each address, from the numbers of a call. */
export type Widths = (numbers: readonly number[]) => readonly number[];

/** Cells by samples: floats of a sample at each address, and the position of B among the numbers. */
export function samples(
  position: number,
  cost: (numbers: readonly number[]) => number,
  widths: Widths,
): SplitRule {
  return (places, numbers) =>
    cut(numbers[position], 1, cost(numbers), (from, count) => [
      ...places.map((place, i) => behind(place, from * widths(numbers)[i])),
      ...numbers.map((value, i) => (i === position ? count : value)),
    ]);
}
