/**
 * A named run of floats in linear memory. Either fixed (parameters, state: the address is known) or of the
 * workspace (placed by the planner from the calls that touch it).
 */
export class Region {
  /** Byte address, once known. */
  address: number | null;

  constructor(
    readonly name: string,
    readonly floats: number,
    address: number | null = null,
  ) {
    this.address = address;
  }
}

/** A place inside a region. */
export interface Ref {
  readonly region: Region;
  /** Distance from the region's start, in floats. */
  readonly offset: number;
}

/** The place `offset` floats into a region or behind another place. */
export function at(base: Region | Ref, offset = 0): Ref {
  return base instanceof Region
    ? { region: base, offset }
    : { region: base.region, offset: base.offset + offset };
}

/** Byte address of a place whose region has been placed. */
export function addressOf(ref: Ref): number {
  if (ref.region.address === null) throw new Error(`region ${ref.region.name} has no address yet`);
  return ref.region.address + 4 * ref.offset;
}
