import type { ActivationName } from '../activations.js';

/** A weight matrix [rows, columns of all] from which columns `from` to `from + width` are taken. */
export interface MatrixView {
  /** Name of the weight. */
  readonly name: string;
  readonly rows: number;
  /** Columns of the whole weight. */
  readonly columns: number;
  readonly from: number;
  readonly width: number;
}

/** How a term comes about. Every operation works on rows alike: a row for each sample. */
export type Operation =
  /** The input of the step. */
  | { readonly kind: 'x' }
  /** State of a number before the step. */
  | { readonly kind: 'state'; readonly index: number }
  /** Gradient of the state of a number behind the step: on the way back only. */
  | { readonly kind: 'incoming'; readonly index: number }
  /** A weight vector, the same in every row. */
  | { readonly kind: 'vector'; readonly name: string; readonly from: number }
  /** v·W, or v·Wᵀ */
  | { readonly kind: 'product'; readonly matrix: MatrixView; readonly transposed: boolean }
  /** a op b */
  | { readonly kind: 'add' | 'sub' | 'mul' | 'div' }
  /** alpha · a + beta */
  | { readonly kind: 'affine'; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'activation'; readonly name: ActivationName }
  /** Of [dy, y] or [dy, y, x]: dy ⊙ f'. */
  | { readonly kind: 'slope'; readonly name: ActivationName }
  /** Columns from a number on. */
  | { readonly kind: 'slice'; readonly from: number }
  /** The inputs side by side. */
  | { readonly kind: 'concat' }
  | { readonly kind: 'zeros' };

let created = 0;

/** A value of each sample in one step of a cell, [width] numbers. */
export class Term {
  /** Rises from a term to those made of it. */
  readonly id = created++;

  constructor(
    readonly operation: Operation,
    readonly width: number,
    readonly inputs: readonly Term[] = [],
  ) {}
}

/** The terms that others are made of, those included, each behind its inputs. `stop` leaves terms out. */
export function termsBehind(roots: readonly Term[], stop: (term: Term) => boolean = () => false): Term[] {
  const found = new Set<Term>();
  const visit = (term: Term): void => {
    if (found.has(term) || stop(term)) return;
    found.add(term);
    for (const input of term.inputs) visit(input);
  };
  for (const root of roots) visit(root);
  return [...found].sort((a, b) => a.id - b.id);
}

/** Whether a term is computed, and not given. */
export function isComputed({ operation: { kind } }: Term): boolean {
  return kind !== 'x' && kind !== 'state' && kind !== 'incoming' && kind !== 'vector';
}
