import { checkNumber } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, unknownName, ValueError } from '../errors.js';
import type { Argument, Recorder } from '../program/recorder.js';
import * as kernels from '../wasm/generated/kernels.js';

/** A penalty on a weight: l1 · Σ|p| + l2 · Σ p² is added to the loss. */
export interface Regularizer {
  /** Name in saved files: 'l2'. */
  readonly name: 'l1' | 'l2' | 'l1l2';
  /** Factor of the absolute values. */
  readonly l1: number;
  /** Factor of the squares. */
  readonly l2: number;
}

/** A regularizer as options take it: one that exists (or its JSON), or a name, which means factors of 0.01. */
export type RegularizerLike = Regularizer | Regularizer['name'];

const DEFAULT_FACTOR = 0.01;
const NAMES = ['l1', 'l2', 'l1l2'] as const;

function factor(where: string, name: string, value: unknown): number {
  return checkNumber(where, name, value, { min: 0 });
}

/** Penalty l1 · Σ|p|; default factor 0.01. `l1(0.1)` and `l1({ l1: 0.1 })` are the same. @throws ValueError */
export function l1(options: number | { l1?: number } = {}): Regularizer {
  const given = typeof options === 'number' ? { l1: options } : options;
  checkOptionNames('l1', given, ['l1']);
  return { name: 'l1', l1: factor('l1', 'l1', given.l1 ?? DEFAULT_FACTOR), l2: 0 };
}

/** Penalty l2 · Σ p²; default factor 0.01. `l2(0.1)` and `l2({ l2: 0.1 })` are the same. @throws ValueError */
export function l2(options: number | { l2?: number } = {}): Regularizer {
  const given = typeof options === 'number' ? { l2: options } : options;
  checkOptionNames('l2', given, ['l2']);
  return { name: 'l2', l1: 0, l2: factor('l2', 'l2', given.l2 ?? DEFAULT_FACTOR) };
}

/** Penalty l1 · Σ|p| + l2 · Σ p²; a factor left out is 0, as in Keras. @throws ValueError */
export function l1l2(options: { l1?: number; l2?: number } = {}): Regularizer {
  checkOptionNames('l1l2', options, ['l1', 'l2']);
  return {
    name: 'l1l2',
    l1: factor('l1l2', 'l1', options.l1 ?? 0),
    l2: factor('l1l2', 'l2', options.l2 ?? 0),
  };
}

/**
 * Reads a layer's option; null and undefined mean none.
 *
 * @throws UnknownNameError, ValueError
 */
export function regularizerFrom(
  where: string,
  spec: RegularizerLike | string | null | undefined,
): Regularizer | null {
  if (spec === null || spec === undefined) return null;
  const given: unknown = typeof spec === 'string' ? spec : spec.name;
  if (typeof given !== 'string') {
    throw new ValueError(
      `${where} must be a name or a regularizer such as l2(0.01), got ${describeValue(spec)}`,
    );
  }
  const name = NAMES.find((candidate) => candidate === given.toLowerCase());
  if (name === undefined) throw unknownName(where, 'regularizer', given, NAMES);
  if (typeof spec === 'string') {
    return {
      name,
      l1: name === 'l2' ? 0 : DEFAULT_FACTOR,
      l2: name === 'l1' ? 0 : DEFAULT_FACTOR,
    };
  }
  return { name, l1: factor(where, 'l1', spec.l1), l2: factor(where, 'l2', spec.l2) };
}

/** Places a penalty works on: the loss [1], the weight's gradient [n] (null: the loss alone), the weight [n]. */
export interface PenaltyRegion {
  readonly loss: Argument;
  readonly gradient: Argument;
  readonly parameter: Argument;
  readonly n: number;
}

/** Records the addition of the penalty to the loss and of its slope to the gradient. */
export function recordPenalty(
  emit: Recorder['emit'],
  regularizer: Regularizer,
  { loss, gradient, parameter, n }: PenaltyRegion,
): void {
  emit(kernels.regularize, loss, gradient, parameter, n, regularizer.l1, regularizer.l2);
}
