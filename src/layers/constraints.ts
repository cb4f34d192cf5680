import { checkInteger, checkNumber } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, unknownName, ValueError } from '../errors.js';
import type { Argument, Recorder } from '../program/recorder.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';

/** Axis or neighbouring axes along which norms are taken; negative ones count from the last. */
export type ConstraintAxis = number | readonly number[];

/** What a weight is brought back to after every step. Plain data. */
export type Constraint = MaxNorm | UnitNorm | NonNeg;

/** What {@link maxNorm} gives. */
export interface MaxNorm {
  /** Tells constraints apart. */
  readonly name: 'maxNorm';
  /** Longest norm allowed. */
  readonly maxValue: number;
  /** Where norms are taken. */
  readonly axis: ConstraintAxis;
}

/** What {@link unitNorm} gives. */
export interface UnitNorm {
  /** Tells constraints apart. */
  readonly name: 'unitNorm';
  /** Where norms are taken. */
  readonly axis: ConstraintAxis;
}

/** What {@link nonNeg} gives. */
export interface NonNeg {
  /** Tells constraints apart. */
  readonly name: 'nonNeg';
}

/** A constraint as options take it: one that exists (or its JSON), or a name, which means its defaults. */
export type ConstraintLike = Constraint | Constraint['name'];

function checkAxis(where: string, axis: unknown): ConstraintAxis {
  if (!Array.isArray(axis)) return checkInteger(where, 'axis', axis);
  if (axis.length === 0) throw new ValueError(`${where}: axis must name at least one axis, got []`);
  return axis.map((one) => checkInteger(where, 'axis', one));
}

/**
 * Vectors along `axis` longer than `maxValue` are scaled to it. `maxNorm(3)` is `maxNorm({ maxValue: 3 })`.
 * Defaults: maxValue 2, axis 0 (the weights into each unit of a kernel [inputs, units]).
 *
 * @throws ValueError
 */
export function maxNorm(options: number | { maxValue?: number; axis?: ConstraintAxis } = {}): Constraint {
  const given = typeof options === 'number' ? { maxValue: options } : options;
  checkOptionNames('maxNorm', given, ['maxValue', 'axis']);
  const maxValue = checkNumber('maxNorm', 'maxValue', given.maxValue ?? 2, { min: 0 });
  return { name: 'maxNorm', maxValue, axis: checkAxis('maxNorm', given.axis ?? 0) };
}

/** Vectors along `axis` get norm 1. Default axis 0. @throws ValueError */
export function unitNorm(options: { axis?: ConstraintAxis } = {}): Constraint {
  checkOptionNames('unitNorm', options, ['axis']);
  return { name: 'unitNorm', axis: checkAxis('unitNorm', options.axis ?? 0) };
}

/** Negative weights become 0. */
export function nonNeg(options: Record<string, never> = {}): Constraint {
  checkOptionNames('nonNeg', options, []);
  return { name: 'nonNeg' };
}

const CONSTRAINTS = { maxNorm, unitNorm, nonNeg };

/**
 * Reads a layer's option; null and undefined mean none.
 *
 * @throws UnknownNameError, ValueError
 */
export function constraintFrom(
  where: string,
  spec: ConstraintLike | string | null | undefined,
): Constraint | null {
  if (spec === null || spec === undefined) return null;
  const given: unknown = typeof spec === 'string' ? spec : spec.name;
  if (typeof given !== 'string') {
    throw new ValueError(
      `${where} must be a name or a constraint such as maxNorm(2), got ${describeValue(spec)}`,
    );
  }
  const names = Object.keys(CONSTRAINTS) as Constraint['name'][];
  const name = names.find((candidate) => candidate.toLowerCase() === given.toLowerCase());
  if (name === undefined) throw unknownName(where, 'constraint', given, names);
  const { name: _, ...options } = typeof spec === 'string' ? { name } : spec;
  return CONSTRAINTS[name](options as never);
}

/** A shape seen as [outer, length, inner], with the norm taken along the middle. */
function fold(where: string, axis: ConstraintAxis, shape: Shape): [number, number, number] {
  const rank = shape.length;
  const axes = (typeof axis === 'number' ? [axis] : [...axis]).map((one) => (one < 0 ? one + rank : one));
  axes.sort((a, b) => a - b);
  const first = axes[0];
  const fits = axes.every((one, i) => one === first + i) && first >= 0 && first + axes.length <= rank;
  if (!fits) {
    throw new ShapeError(
      `${where}: axis ${JSON.stringify(axis)} of a weight of shape ${formatShape(shape)}: expected one axis ` +
        'of the weight, or several next to each other',
    );
  }
  const last = first + axes.length;
  return [sizeOf(shape.slice(0, first)), sizeOf(shape.slice(first, last)), sizeOf(shape.slice(last))];
}

/** @throws ShapeError when the axis of a constraint does not fit the weight; `where` names layer and weight */
export function checkConstraint(constraint: Constraint, shape: Shape, where: string): void {
  if (constraint.name !== 'nonNeg') fold(where, constraint.axis, shape);
}

/**
 * Records the constraint of one weight, to be run after the update.
 *
 * @throws ShapeError when the axis does not fit the weight; `where` names the layer and option
 */
export function recordConstraint(
  emit: Recorder['emit'],
  constraint: Constraint,
  parameter: Argument,
  shape: Shape,
  where: string,
): void {
  if (constraint.name === 'nonNeg') {
    emit(kernels.constrain_non_neg, parameter, sizeOf(shape));
    return;
  }
  const [outer, length, inner] = fold(where, constraint.axis, shape);
  if (constraint.name === 'unitNorm') emit(kernels.constrain_unit_norm, parameter, outer, length, inner);
  else emit(kernels.constrain_max_norm, parameter, outer, length, inner, constraint.maxValue);
}
