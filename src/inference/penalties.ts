import type { Constraint, ConstraintLike } from '../layers/constraints.js';
import type { Regularizer, RegularizerLike } from '../layers/regularizers.js';

// Takes the place of `layers/constraints.ts` and `layers/regularizers.ts` in bundles that do not train: what keeps
// weights in bounds is only remembered.

/** What the file has. */
export function constraintFrom(_where: string, spec: ConstraintLike | null | undefined): Constraint | null {
  return (spec ?? null) as Constraint | null;
}

/** Weights of a file stay as they are. */
export function checkConstraint(): void {}

/** What the file has. */
export function regularizerFrom(
  _where: string,
  spec: RegularizerLike | null | undefined,
): Regularizer | null {
  return (spec ?? null) as Regularizer | null;
}
