import { activationNeedsInput } from '../activations.js';
import { type MatrixView, Term, termsBehind } from './term.js';

/** What a step adds to the gradient of a weight. */
export type WeightTerm =
  /** dW[:, view] += vᵀ·g over all rows */
  | { readonly kind: 'product'; readonly matrix: MatrixView; readonly v: Term; readonly g: Term }
  /** db[from ...] += the sum of g over all rows */
  | { readonly kind: 'sum'; readonly name: string; readonly from: number; readonly g: Term };

/** The way back through one step, as terms of the gradients behind it and of the terms of the way there. */
export interface StepGradient {
  /** Per state: gradient of the state before the step; null where nothing flows. */
  readonly states: readonly (Term | null)[];
  readonly x: Term | null;
  readonly weights: readonly WeightTerm[];
  /** Per state: the gradient of the state behind the step. */
  readonly incoming: readonly Term[];
  /** All terms of the way back, each behind its inputs. */
  readonly terms: readonly Term[];
}

/** A gradient of the columns of a term from a number on. */
interface Share {
  readonly from: number;
  readonly g: Term;
}

const combine = (kind: 'add' | 'mul' | 'div', a: Term, b: Term): Term => new Term({ kind }, a.width, [a, b]);

const scaled = (a: Term, alpha: number): Term =>
  alpha === 1 ? a : new Term({ kind: 'affine', alpha, beta: 0 }, a.width, [a]);

/** Reverse-mode differentiation of a step: `next` are the states behind it. */
export function differentiate(next: readonly Term[]): StepGradient {
  const terms = termsBehind(next);
  const shares = new Map<Term, Share[]>();
  const weights: WeightTerm[] = [];
  const give = (term: Term, g: Term, from = 0): void => {
    const { operation } = term;
    if (operation.kind === 'vector') {
      weights.push({ kind: 'sum', name: operation.name, from: operation.from, g });
      return;
    }
    shares.set(term, [...(shares.get(term) ?? []), { from, g }]);
  };
  const incoming = next.map(({ width }, index) => new Term({ kind: 'incoming', index }, width));
  next.forEach((term, index) => {
    give(term, incoming[index]);
  });
  const arrived = new Map<Term, Term>();
  for (const term of [...terms].reverse()) {
    const own = shares.get(term);
    if (own === undefined) continue;
    const g = total(own, term.width);
    arrived.set(term, g);
    passOn(term, g, give, weights);
  }
  const of = (kind: 'x' | 'state', index = 0): Term | null => {
    const found = [...arrived.keys()].filter(({ operation: o }) =>
      o.kind === 'state' ? kind === 'state' && o.index === index : o.kind === kind,
    );
    return found.length === 0 ? null : (arrived.get(found[0]) as Term);
  };
  const states = next.map((_, index) => of('state', index));
  const x = of('x');
  const roots = [...states, x, ...weights.map(({ g }) => g)].filter((term) => term !== null);
  const there = new Set(terms);
  const back = termsBehind(roots, (term) => there.has(term));
  return { states, x, weights, incoming, terms: back };
}

type Give = (term: Term, g: Term, from?: number) => void;

/** Gives the gradient of a term on to what it is made of. */
function passOn(term: Term, g: Term, give: Give, weights: WeightTerm[]): void {
  const { operation, inputs } = term;
  const [a, b] = inputs;
  switch (operation.kind) {
    case 'product': {
      const { matrix } = operation;
      weights.push({ kind: 'product', matrix, v: a, g });
      give(a, new Term({ kind: 'product', matrix, transposed: true }, a.width, [g]));
      return;
    }
    case 'add':
      give(a, g);
      give(b, g);
      return;
    case 'sub':
      give(a, g);
      give(b, scaled(g, -1));
      return;
    case 'mul':
      give(a, combine('mul', g, b));
      give(b, combine('mul', g, a));
      return;
    case 'div': {
      const da = combine('div', g, b);
      give(a, da);
      give(b, scaled(combine('mul', da, term), -1));
      return;
    }
    case 'affine':
      give(a, scaled(g, operation.alpha));
      return;
    case 'activation': {
      const seen = activationNeedsInput(operation.name) ? [g, term, a] : [g, term];
      give(a, new Term({ kind: 'slope', name: operation.name }, a.width, seen));
      return;
    }
    case 'slice':
      give(a, g, operation.from);
      return;
    case 'concat': {
      let from = 0;
      for (const part of inputs) {
        const whole = part.width === g.width;
        give(part, whole ? g : new Term({ kind: 'slice', from }, part.width, [g]));
        from += part.width;
      }
    }
  }
}

/** The sum of all shares: those of single columns are laid side by side, gaps filled with zeros. */
function total(shares: readonly Share[], width: number): Term {
  const whole = shares.filter(({ g }) => g.width === width).map(({ g }) => g);
  let parts = shares.filter(({ g }) => g.width < width).sort((p, q) => p.from - q.from);
  while (parts.length > 0) {
    const row: Term[] = [];
    const later: Share[] = [];
    let end = 0;
    for (const part of parts) {
      if (part.from < end) {
        later.push(part);
        continue;
      }
      if (part.from > end) row.push(new Term({ kind: 'zeros' }, part.from - end));
      row.push(part.g);
      end = part.from + part.g.width;
    }
    if (end < width) row.push(new Term({ kind: 'zeros' }, width - end));
    whole.push(new Term({ kind: 'concat' }, width, row));
    parts = later;
  }
  return whole.reduce((sum, g) => combine('add', sum, g));
}
