import { describeValue } from './describe.js';

/**
 * Base of every error that recurra throws about what a user passed. Entries such as `recurra/inference` have classes of
 * their own: `instanceof` goes by the kind, so that an error of one entry is an instance of the class of another.
 */
export class RecurraError extends Error {
  /** @internal What the class is called, minified or not. */
  static readonly errorKind: string = 'RecurraError';

  /** @internal */
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.errorKind;
  }

  /** @internal */
  static override [Symbol.hasInstance] = isOfKind;
}

function isOfKind(this: typeof RecurraError, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
  if (!(value instanceof Error) || !Object.hasOwn(this, 'errorKind')) return false;
  for (let at: unknown = value.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'errorKind') && (at as typeof RecurraError).errorKind === this.errorKind)
      return true;
  }
  return false;
}

/** A shape or rank is not the one expected. */
export class ShapeError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'ShapeError';
}

/** An option or argument has a value that is not allowed. */
export class ValueError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'ValueError';
}

/** A name (of a layer, loss, option, weight, ...) is not known. */
export class UnknownNameError extends ValueError {
  /** @internal */
  static override readonly errorKind: string = 'UnknownNameError';
}

/** Kernels that were given are not those that this JavaScript calls. */
export class KernelError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'KernelError';
}

/** Data holds NaN, Infinity, or a label out of range. */
export class DataError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'DataError';
}

/** A mask of a sequence has reached a layer that cannot take one. */
export class MaskError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'MaskError';
}

/** A method was called before what it needs, such as `fit` before `compile`, or past what there is room for. */
export class StateError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'StateError';
}

/** The engine lacks, or refuses, what no model runs without: WebAssembly with SIMD. */
export class EngineError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'EngineError';
}

/** WebAssembly memory cannot hold what was asked for. */
export class MemoryError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'MemoryError';
}

/** A saved file is cut short, damaged, or of a version this one does not read. */
export class FormatError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'FormatError';
}

/** Training produced NaN or Infinity. */
export class NonFiniteLossError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'NonFiniteLossError';
}

/** A thread has died or does not answer. The model goes on with one thread. */
export class ThreadError extends RecurraError {
  /** @internal */
  static override readonly errorKind: string = 'ThreadError';
}

/** Distance between two names: insertions, deletions, substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, substitution));
    }
    row = next;
  }
  return row[b.length];
}

/**
 * The known name closest to the one given, letter case and separators aside: a slip of the pen first (an edit
 * distance of at most 2), then a name that contains it or is contained in it, then by edit distance.
 */
export function nearestName(got: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const given = plain(got);
  if (given === '') return undefined;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const candidate = plain(name);
    const [short, long] = candidate.length < given.length ? [candidate, given] : [given, candidate];
    const holds = short.length >= SHORTEST_PART && long.includes(short);
    const edits = editDistance(given, candidate);
    const distance = edits <= SLIP ? edits - 2 * FAR : edits - (holds ? FAR : 0);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = name;
    }
  }
  return best;
}

/** A name of fewer letters says nothing by being part of another. */
const SHORTEST_PART = 2;

/** Edits that still read as a slip. */
const SLIP = 2;

/** More than any edit distance. */
const FAR = 1e9;

/** `lstm: unknown option 'unit'; did you mean 'units'? Known: units, activation, ...` */
export function unknownName(
  where: string,
  what: string,
  got: unknown,
  known: readonly string[],
): UnknownNameError {
  const shown = typeof got === 'string' ? got.slice(0, 60) : String(got);
  const near = nearestName(shown, known);
  const hint = near === undefined ? '.' : `; did you mean '${near}'?`;
  return new UnknownNameError(`${where}: unknown ${what} '${shown}'${hint} Known: ${known.join(', ')}`);
}

/** Throws unless `options` is an object and every key of it is one of `known`. */
export function checkOptionNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const example =
      known.length === 0 ? '{}' : `{ ${known.slice(0, 3).join(', ')}${known.length > 3 ? ', ...' : ''} }`;
    throw new ValueError(`${where}: options must be an object ${example}, got ${describeValue(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw unknownName(where, 'option', key, known);
  }
}
