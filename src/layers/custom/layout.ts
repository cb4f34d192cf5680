import { at, type Ref } from '../../program/region.js';
import { isComputed, type Term } from './term.js';

/** Where the rows of a term lie. */
export interface Place {
  readonly ref: Ref;
  /** Floats from a row to the next; 0 for one row that serves all. */
  readonly ld: number;
  /** Floats from a step to the next; 0 where every step has the same place. */
  readonly moves: number;
}

/** What a layout is made for. */
export interface LayoutTask {
  /** The terms to compute, each behind its inputs. */
  readonly terms: readonly Term[];
  /** Whether a term is computed step by step; the others are computed for all steps at once. */
  readonly inLoop: (term: Term) => boolean;
  /** Terms that are read once all is computed. */
  readonly kept: ReadonlySet<Term>;
  /** Places that some terms must have. */
  readonly targets: ReadonlyMap<Term, Place>;
  /** Place of a term that is not among those to compute; `everyStep` when all steps must stay. */
  given(term: Term, everyStep: boolean): Place;
  /** A buffer for a width, for one step or for all. */
  allocate(name: string, width: number, everyStep: boolean): Place;
}

/** A product that is added to something: one call in place of two. */
export interface Fusion {
  readonly product: Term;
  /** The weight vector that the product starts from, or null where it adds to what is in its place. */
  readonly bias: Term | null;
}

interface Alias {
  readonly onto: Term;
  readonly offset: number;
}

const ELEMENTWISE = ['add', 'sub', 'mul', 'div', 'affine', 'activation', 'slope'];

/**
 * Decides where each term lies: slices inside what they are cut from, parts inside what they make up, and a result
 * in the place of an operand that nobody reads any more.
 */
export class Layout {
  readonly fusions = new Map<Term, Fusion>();
  /** Products that are computed where they are added. */
  readonly absorbed = new Set<Term>();
  private readonly own: ReadonlySet<Term>;
  private readonly consumers = new Map<Term, Term[]>();
  private readonly aliases = new Map<Term, Alias>();
  private readonly everyStep = new Set<Term>();
  private readonly places = new Map<Term, Place>();

  constructor(private readonly task: LayoutTask) {
    this.own = new Set(task.terms);
    for (const term of task.terms) {
      for (const input of term.inputs) this.consumers.set(input, [...this.consumersOf(input), term]);
    }
    for (const term of [...task.terms].reverse()) if (term.operation.kind === 'concat') this.claimParts(term);
    for (const term of task.terms) this.decide(term);
    this.markEveryStep();
  }

  /** Place of a term; one that is given elsewhere included. */
  place(term: Term): Place {
    const { owner, offset } = this.ownerOf(term);
    let place = this.places.get(owner);
    if (place === undefined) {
      const everyStep = this.everyStep.has(owner);
      const target = this.task.targets.get(owner);
      if (target !== undefined) place = target;
      else if (!this.own.has(owner)) place = this.task.given(owner, everyStep);
      else place = this.task.allocate(`${this.task.terms.indexOf(owner)}`, owner.width, everyStep);
      this.places.set(owner, place);
    }
    return offset === 0 ? place : { ...place, ref: at(place.ref, offset) };
  }

  /** Whether a part lies inside what it is a part of, so that nothing need be copied. */
  isInside(part: Term, whole: Term): boolean {
    return this.aliases.get(part)?.onto === whole;
  }

  private consumersOf(term: Term): readonly Term[] {
    return this.consumers.get(term) ?? [];
  }

  private claimParts(whole: Term): void {
    let offset = 0;
    for (const part of whole.inputs) {
      const free = !this.aliases.has(part) && !this.task.targets.has(part);
      const sameTime = this.task.inLoop(part) === this.task.inLoop(whole);
      if (this.own.has(part) && part.operation.kind !== 'slice' && free && sameTime) {
        this.aliases.set(part, { onto: whole, offset });
      }
      offset += part.width;
    }
  }

  private decide(term: Term): void {
    const { operation, inputs } = term;
    if (operation.kind === 'slice') {
      this.aliases.set(term, { onto: inputs[0], offset: operation.from });
      return;
    }
    const isFree = !this.aliases.has(term) && !this.task.targets.has(term);
    if (operation.kind === 'add' && this.fuse(term, isFree)) return;
    if (!isFree || !ELEMENTWISE.includes(operation.kind)) return;
    const candidates = operation.kind === 'slope' ? inputs.slice(0, 1) : inputs;
    const dying = candidates.find((input) => this.isLastUse(input));
    if (dying !== undefined) this.aliases.set(term, { onto: dying, offset: 0 });
  }

  private fuse(sum: Term, isFree: boolean): boolean {
    const [a, b] = sum.inputs;
    for (const [product, other] of [
      [b, a],
      [a, b],
    ]) {
      if (!this.isAbsorbable(product, sum)) continue;
      if (other.operation.kind === 'vector') {
        this.fusions.set(sum, { product, bias: other });
      } else if (isFree && this.isLastUse(other) && !this.absorbed.has(other)) {
        this.fusions.set(sum, { product, bias: null });
        this.aliases.set(sum, { onto: other, offset: 0 });
      } else continue;
      this.absorbed.add(product);
      return true;
    }
    return false;
  }

  private isAbsorbable(term: Term, sum: Term): boolean {
    return (
      term.operation.kind === 'product' &&
      this.own.has(term) &&
      this.consumersOf(term).length === 1 &&
      !this.task.kept.has(term) &&
      !this.task.targets.has(term) &&
      !this.aliases.has(term) &&
      this.task.inLoop(term) === this.task.inLoop(sum)
    );
  }

  /** Whether the only reader of a term may write over it. */
  private isLastUse(term: Term): boolean {
    if (!isComputed(term) || this.consumersOf(term).length !== 1) return false;
    if (term.operation.kind !== 'slice') return this.mayOverwrite(term);
    if (this.task.kept.has(term)) return false;
    const [base] = term.inputs;
    const from = term.operation.from;
    return (
      base.operation.kind !== 'slice' &&
      this.mayOverwrite(base) &&
      this.consumersOf(base).every(
        (other) =>
          other === term ||
          (other.operation.kind === 'slice' &&
            (other.operation.from >= from + term.width || other.operation.from + other.width <= from)),
      )
    );
  }

  private mayOverwrite(term: Term): boolean {
    if (!this.own.has(term) || this.task.kept.has(term) || this.task.targets.has(term)) return false;
    if (term.operation.kind !== 'concat') return true;
    return term.inputs.every((part) => this.consumersOf(part).length === 1 && !this.task.kept.has(part));
  }

  private ownerOf(term: Term): { owner: Term; offset: number } {
    let owner = term;
    let offset = 0;
    for (let alias = this.aliases.get(owner); alias !== undefined; alias = this.aliases.get(owner)) {
      owner = alias.onto;
      offset += alias.offset;
    }
    return { owner, offset };
  }

  /** All steps of a term stay when something reads them after the step, or it was computed for all at once. */
  private markEveryStep(): void {
    const { terms, kept, inLoop } = this.task;
    const mark = (term: Term): void => {
      this.everyStep.add(this.ownerOf(term).owner);
    };
    for (const term of kept) mark(term);
    for (const term of terms) {
      if (inLoop(term)) continue;
      mark(term);
      for (const input of term.inputs) mark(input);
    }
  }
}
