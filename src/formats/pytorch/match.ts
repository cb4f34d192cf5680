import { FormatError } from '../../errors.js';
import { formatShape, type Shape, sameShape } from '../../shape.js';
import { IGNORED_ENTRIES } from './modules.js';

/** A module of a state dict, or one level of its stack. */
interface Level {
  /** The module's name: 'encoder.rnn'. */
  readonly prefix: string;
  /** 0 for what is not stacked. */
  readonly level: number;
  /** Shapes by name behind the prefix. */
  readonly entries: Record<string, Shape>;
}

/** Where a layer finds its weights. */
export interface Slot {
  readonly prefix: string;
  /** The first level, of a stack. */
  readonly level: number;
}

/** What a layer needs, when it begins at a level of a stack. */
export interface Wanted {
  readonly name: string;
  readonly module: string;
  /** How many levels it takes. */
  readonly levels: number;
  entries(level: number): Readonly<Record<string, Shape>>;
}

const STACKED = /_l(\d+)(?:_reverse)?$/;

/** Modules of a state dict, in the order in which they come; levels of a stack from the first. */
function levelsOf(shapes: Readonly<Record<string, Shape>>): Level[] {
  const levels = new Map<string, Level>();
  for (const [name, shape] of Object.entries(shapes)) {
    const dot = name.lastIndexOf('.');
    const entry = name.slice(dot + 1);
    if (IGNORED_ENTRIES.includes(entry)) continue;
    const prefix = name.slice(0, Math.max(0, dot));
    const level = Number(STACKED.exec(entry)?.[1] ?? 0);
    const key = `${level} ${prefix}`;
    const found = levels.get(key) ?? { prefix, level, entries: {} };
    levels.set(key, found);
    found.entries[entry] = shape;
  }
  return [...levels.values()].sort((a, b) => (a.prefix === b.prefix ? a.level - b.level : 0));
}

/** The levels that a layer would take from one on, of those that are left. */
function takenFrom({ prefix, level }: Level, { levels }: Wanted, free: readonly Level[]): Level[] {
  return free.filter(
    (other) => other.prefix === prefix && other.level >= level && other.level < level + levels,
  );
}

/** Whether a layer finds from a level on exactly what it needs. */
function fits(first: Level, wanted: Wanted, free: readonly Level[]): boolean {
  const entries: Record<string, Shape> = Object.assign(
    {},
    ...takenFrom(first, wanted, free).map((taken) => taken.entries),
  );
  const needed = Object.entries(wanted.entries(first.level));
  if (needed.length !== Object.keys(entries).length) return false;
  return needed.every(([name, shape]) => name in entries && sameShape(entries[name], shape));
}

const listed = (entries: Readonly<Record<string, Shape>>): string =>
  Object.entries(entries)
    .map(([name, shape]) => `${name} ${formatShape(shape)}`)
    .join(', ');

const levelName = ({ prefix, level }: Level): string =>
  `'${prefix}'${level > 0 ? ` (layer ${level} of its stack)` : ''}`;

/** The module that the user named. */
function named(wanted: Wanted, given: string, free: readonly Level[]): Level {
  const own = free.filter(({ prefix }) => prefix === given);
  const found = own.find((level) => fits(level, wanted, free));
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
  const free = levelsOf(shapes);
  const matched = new Map<string, Slot>();
  const take = (layer: Wanted, first: Level): void => {
    for (const level of takenFrom(first, layer, free)) free.splice(free.indexOf(level), 1);
    matched.set(layer.name, first);
  };
  for (const layer of layers) if (layer.name in names) take(layer, named(layer, names[layer.name], free));
  for (const layer of layers) {
    const same = free.find((level) => level.prefix === layer.name && fits(level, layer, free));
    if (!matched.has(layer.name) && same !== undefined) take(layer, same);
  }
  for (const layer of layers)
    if (!matched.has(layer.name)) take(layer, onlyFitting(layer, layers, matched, free));
  if (strict && free.length > 0) {
    const left = free.map((level) => `${levelName(level)} with ${listed(level.entries)}`).join('; ');
    throw new FormatError(`loadStateDict: no layer takes ${left}; strict: false leaves them out`);
  }
  return matched;
}

function onlyFitting(
  layer: Wanted,
  layers: readonly Wanted[],
  matched: ReadonlyMap<string, Slot>,
  free: readonly Level[],
): Level {
  const fitting = free.filter((level) => fits(level, layer, free));
  const prefixes = new Set(fitting.map(({ prefix }) => prefix));
  const needs = `${layer.name} needs ${layer.module} with ${listed(layer.entries(0))}`;
  if (prefixes.size === 0) {
    const has = free.map((level) => `${levelName(level)} with ${listed(level.entries)}`).join('; ');
    throw new FormatError(`loadStateDict: ${needs}; the state dict has left: ${has || 'nothing'}`);
  }
  const rivals = layers.filter(
    (other) => !matched.has(other.name) && fitting.some((level) => fits(level, other, free)),
  );
  if (prefixes.size > 1 || (rivals.length > 1 && fitting.length < rivals.length)) {
    const could = fitting.map(levelName).join(', ');
    const who = rivals.map(({ name }) => name).join(', ');
    throw new FormatError(
      `loadStateDict: ${could} could be for ${who}: say which, as in modules: { ${layer.name}: '${fitting[0].prefix}' }`,
    );
  }
  return fitting[0];
}
