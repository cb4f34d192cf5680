import { FormatError } from '../../errors.js';
import { formatShape, type Shape, sameShape } from '../../shape.js';
import { IGNORED_ENTRIES } from './modules.js';

/** A module of a state dict, or one of its stacked layers. */
export interface Slot {
  /** The module's name: 'encoder.rnn'. */
  readonly prefix: string;
  /** 0 for what is not stacked. */
  readonly level: number;
  /** Shapes by name behind the prefix. */
  readonly entries: Record<string, Shape>;
}

/** What a layer needs of a slot, for the level that the slot is at. */
export interface Wanted {
  readonly name: string;
  readonly module: string;
  entries(level: number): Readonly<Record<string, Shape>>;
}

const STACKED = /_l(\d+)(?:_reverse)?$/;

/** Modules of a state dict, in the order in which they come. */
export function slotsOf(shapes: Readonly<Record<string, Shape>>): Slot[] {
  const slots = new Map<string, Slot>();
  for (const [name, shape] of Object.entries(shapes)) {
    const dot = name.lastIndexOf('.');
    const entry = name.slice(dot + 1);
    if (IGNORED_ENTRIES.includes(entry)) continue;
    const prefix = name.slice(0, Math.max(0, dot));
    const level = Number(STACKED.exec(entry)?.[1] ?? 0);
    const key = `${level} ${prefix}`;
    const slot = slots.get(key) ?? { prefix, level, entries: {} };
    slots.set(key, slot);
    slot.entries[entry] = shape;
  }
  return [...slots.values()].sort((a, b) => (a.prefix === b.prefix ? a.level - b.level : 0));
}

/** Whether a slot holds exactly what a layer needs. */
function fits({ entries, level }: Slot, wanted: Wanted): boolean {
  const needed = Object.entries(wanted.entries(level));
  if (needed.length !== Object.keys(entries).length) return false;
  return needed.every(([name, shape]) => name in entries && sameShape(entries[name], shape));
}

const listed = (entries: Readonly<Record<string, Shape>>): string =>
  Object.entries(entries)
    .map(([name, shape]) => `${name} ${formatShape(shape)}`)
    .join(', ');

const slotName = ({ prefix, level }: Slot): string =>
  `'${prefix}'${level > 0 ? ` (layer ${level} of its stack)` : ''}`;

/** The slot that the user named. */
function named(wanted: Wanted, given: string, free: readonly Slot[]): Slot {
  const own = free.filter(({ prefix }) => prefix === given);
  const found = own.find((slot) => fits(slot, wanted));
  if (found !== undefined) return found;
  const needs = `${wanted.name} needs ${wanted.module} with ${listed(wanted.entries(own[0]?.level ?? 0))}`;
  if (own.length === 0) {
    const known = [...new Set(free.map(({ prefix }) => `'${prefix}'`))].join(', ') || 'none';
    throw new FormatError(`loadStateDict: ${needs}; there is no module '${given}' left, of ${known}`);
  }
  throw new FormatError(`loadStateDict: ${needs}; '${given}' has ${listed(own[0].entries)}`);
}

/**
 * Finds for each layer the module that holds its weights: the one the user named, one with the layer's own
 * name, else the only one left whose entries and shapes are the layer's. Layers of a stack (`weight_ih_l0`,
 * `weight_ih_l1`) are given out in order.
 * @throws FormatError when a layer has no module, more than one could be meant, or modules are left over
 */
export function matchModules(
  layers: readonly Wanted[],
  shapes: Readonly<Record<string, Shape>>,
  names: Readonly<Record<string, string>>,
  strict: boolean,
): Map<string, Slot> {
  const free = slotsOf(shapes);
  const matched = new Map<string, Slot>();
  const take = (layer: Wanted, slot: Slot): void => {
    free.splice(free.indexOf(slot), 1);
    matched.set(layer.name, slot);
  };
  for (const layer of layers) if (layer.name in names) take(layer, named(layer, names[layer.name], free));
  for (const layer of layers) {
    const same = free.find((slot) => slot.prefix === layer.name && fits(slot, layer));
    if (!matched.has(layer.name) && same !== undefined) take(layer, same);
  }
  for (const layer of layers)
    if (!matched.has(layer.name)) take(layer, onlyFitting(layer, layers, matched, free));
  if (strict && free.length > 0) {
    const left = free.map((slot) => `${slotName(slot)} with ${listed(slot.entries)}`).join('; ');
    throw new FormatError(`loadStateDict: no layer takes ${left}; strict: false leaves them out`);
  }
  return matched;
}

function onlyFitting(
  layer: Wanted,
  layers: readonly Wanted[],
  matched: ReadonlyMap<string, Slot>,
  free: readonly Slot[],
): Slot {
  const fitting = free.filter((slot) => fits(slot, layer));
  const prefixes = new Set(fitting.map(({ prefix }) => prefix));
  const needs = `${layer.name} needs ${layer.module} with ${listed(layer.entries(0))}`;
  if (prefixes.size === 0) {
    const has = free.map((slot) => `${slotName(slot)} with ${listed(slot.entries)}`).join('; ');
    throw new FormatError(`loadStateDict: ${needs}; the state dict has left: ${has || 'nothing'}`);
  }
  const rivals = layers.filter(
    (other) => !matched.has(other.name) && fitting.some((slot) => fits(slot, other)),
  );
  if (prefixes.size > 1 || (rivals.length > 1 && fitting.length < rivals.length)) {
    const could = fitting.map(slotName).join(', ');
    const who = rivals.map(({ name }) => name).join(', ');
    throw new FormatError(
      `loadStateDict: ${could} could be for ${who}: say which, as in modules: { ${layer.name}: '${fitting[0].prefix}' }`,
    );
  }
  return fitting[0];
}
