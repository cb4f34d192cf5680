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

/** `self_attn.out_proj` of `self_attn.out_proj.weight`: the module inside the layer's own that an entry is of. */
const innerOf = (entry: string): string => entry.slice(0, Math.max(0, entry.lastIndexOf('.')));

const join = (prefix: string, inner: string): string =>
  prefix === '' || inner === '' ? prefix + inner : `${prefix}.${inner}`;

/** The module whose inner module a level is, for a layer of which that holds the first entry; null where none is. */
function rootOf({ prefix }: Level, wanted: Wanted): string | null {
  const [first] = Object.keys(wanted.entries(0));
  const inner = innerOf(first);
  if (inner === '' || prefix === inner) return inner === '' ? prefix : '';
  return prefix.endsWith(`.${inner}`) ? prefix.slice(0, -inner.length - 1) : null;
}

/** The levels that a layer would take from one on, of those that are left. */
function takenFrom(first: Level, wanted: Wanted, free: readonly Level[]): Level[] {
  const root = rootOf(first, wanted);
  if (root === null) return [];
  const inner = new Set(Object.keys(wanted.entries(first.level)).map(innerOf));
  const prefixes = [...inner].map((name) => join(root, name));
  const { level } = first;
  return free.filter(
    (other) => prefixes.includes(other.prefix) && other.level >= level && other.level < level + wanted.levels,
  );
}

/** Whether a layer finds from a level on exactly what it needs. */
function fits(first: Level, wanted: Wanted, free: readonly Level[]): boolean {
  const root = rootOf(first, wanted);
  if (root === null) return false;
  const entries = Object.fromEntries(
    takenFrom(first, wanted, free).flatMap((taken) =>
      Object.entries(taken.entries).map(([name, shape]) => [join(taken.prefix, name), shape]),
    ),
  );
  const needed = Object.entries(wanted.entries(first.level));
  if (needed.length !== Object.keys(entries).length) return false;
  return needed.every(([name, shape]) => {
    const full = join(root, name);
    return full in entries && sameShape(entries[full], shape);
  });
}

const listed = (entries: Readonly<Record<string, Shape>>): string =>
  Object.entries(entries)
    .map(([name, shape]) => `${name} ${formatShape(shape)}`)
    .join(', ');

const levelName = ({ prefix, level }: Level): string =>
  `'${prefix}'${level > 0 ? ` (layer ${level} of its stack)` : ''}`;

/** The module that the user named. */
function named(wanted: Wanted, given: string, free: readonly Level[]): Level {
  const own = free.filter((level) => rootOf(level, wanted) === given);
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
    matched.set(layer.name, { prefix: rootOf(first, layer) as string, level: first.level });
  };
  for (const layer of layers) if (layer.name in names) take(layer, named(layer, names[layer.name], free));
  for (const layer of layers) {
    const same = free.find((level) => rootOf(level, layer) === layer.name && fits(level, layer, free));
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

/** Whether names differ in one number alone, which rises: 'layers.0', 'layers.1', ... */
function isRow(prefixes: readonly string[]): boolean {
  const parts = prefixes.map((prefix) => /^(.*?)(\d+)(\D*)$/.exec(prefix));
  return parts.every((part, i) => {
    const before = parts[Math.max(0, i - 1)];
    if (part === null || before === null) return false;
    return part[1] === before[1] && part[3] === before[3] && (i === 0 || Number(part[2]) > Number(before[2]));
  });
}

function onlyFitting(
  layer: Wanted,
  layers: readonly Wanted[],
  matched: ReadonlyMap<string, Slot>,
  free: readonly Level[],
): Level {
  const fitting = free.filter((level) => fits(level, layer, free));
  const prefixes = new Set(fitting.map((level) => rootOf(level, layer) as string));
  const needs = `${layer.name} needs ${layer.module} with ${listed(layer.entries(0))}`;
  if (prefixes.size === 0) {
    const has = free.map((level) => `${levelName(level)} with ${listed(level.entries)}`).join('; ');
    throw new FormatError(`loadStateDict: ${needs}; the state dict has left: ${has || 'nothing'}`);
  }
  const rivals = layers.filter(
    (other) => !matched.has(other.name) && fitting.some((level) => fits(level, other, free)),
  );
  const areNumbered = prefixes.size === rivals.length && isRow([...prefixes]);
  if ((prefixes.size > 1 && !areNumbered) || (rivals.length > 1 && fitting.length < rivals.length)) {
    const could = fitting
      .map((level) => levelName({ ...level, prefix: rootOf(level, layer) as string }))
      .join(', ');
    const who = rivals.map(({ name }) => name).join(', ');
    throw new FormatError(
      `loadStateDict: ${could} could be for ${who}: say which, as in modules: { ${layer.name}: '${[...prefixes][0]}' }`,
    );
  }
  return fitting[0];
}
