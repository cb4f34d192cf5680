import { ValueError } from '../errors.js';
import { type ActivationName, checkActivation } from './activations.js';
import { type ConstraintSpec, constraintFrom } from './constraints.js';
import { type InitializerSpec, initializerFrom } from './initializers/index.js';
import { type RegularizerSpec, regularizerFrom } from './regularizers.js';

/** Whole number of at least 1, such as `units`. */
export function positiveInteger(where: string, name: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1) {
    throw new ValueError(`${where}: ${name} must be a whole number of at least 1, got ${String(value)}`);
  }
  return value as number;
}

/** Share of elements to drop: 0 or more, below 1. */
export function dropRate(where: string, name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) {
    throw new ValueError(`${where}: ${name} must be a number from 0 to below 1, got ${String(value)}`);
  }
  return value;
}

/** True or false. */
export function flag(where: string, name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw new ValueError(`${where}: ${name} must be true or false, got ${String(value)}`);
  }
  return value;
}

/** One of a few words. */
export function oneOf<T extends string>(where: string, name: string, value: unknown, known: readonly T[]): T {
  if (!known.includes(value as T)) {
    throw new ValueError(`${where}: ${name} must be one of ${known.join(', ')}, got ${String(value)}`);
  }
  return value as T;
}

/** A known activation name. */
export function activation(where: string, name: string, value: unknown): ActivationName {
  return checkActivation(where, name, value);
}

/** What a saved file keeps of an initializer, regularizer or constraint. */
export interface Saved {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An initializer given by name or made by its factory, as plain data. */
export function savedInitializer(where: string, spec: InitializerSpec): Saved {
  const { name, config } = initializerFrom(spec, where);
  return { name, config };
}

/** A regularizer given by name or made by its factory, as plain data; null for none. */
export function savedRegularizer(where: string, spec: RegularizerSpec | null | undefined): Saved | null {
  if (spec === null || spec === undefined) return null;
  const { name, config } = regularizerFrom(spec, where);
  return { name, config };
}

/** A constraint given by name or made by its factory, as plain data; null for none. */
export function savedConstraint(where: string, spec: ConstraintSpec | null | undefined): Saved | null {
  if (spec === null || spec === undefined) return null;
  const { name, config } = constraintFrom(spec, where);
  return { name, config };
}
