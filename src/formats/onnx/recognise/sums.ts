import type { ActivationName } from '../../../layers/activations.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';

/** A block of rows and columns of a matrix [rows, columns], whose numbers are asked for when a layer is made. */
export interface Block {
  readonly matrix: { readonly data: ArrayLike<number> };
  readonly columns: number;
  readonly row: number;
  readonly column: number;
}

/** Positions of a vector that the model computes, times a matrix; or number by number where there is none. */
export interface Part {
  readonly leaf: SymbolicTensor;
  readonly from: number;
  /** How many positions of the leaf. */
  readonly size: number;
  readonly matrix: Block | null;
  /** Without a matrix: the numbers that each position is multiplied by, from `at` on; null for ones. */
  readonly diagonal: { readonly data: ArrayLike<number>; readonly at: number } | null;
  readonly scale: number;
}

/** Numbers that are added, times a number; without data it is that number everywhere. */
export interface Bias {
  readonly data: ArrayLike<number> | null;
  readonly at: number;
  readonly scale: number;
}

/** Products of leaves and weights, and numbers, added up. */
export interface Linear {
  readonly parts: readonly Part[];
  readonly biases: readonly Bias[];
}

/** An activation of a sum, at some of its positions. */
export interface Atom {
  readonly activation: ActivationName;
  /** The value, of which this is `width` positions from `from` on. */
  readonly tensor: SymbolicTensor;
  readonly from: number;
  readonly argument: Sum;
}

/** Activations times a linear form. */
export interface Term {
  readonly atoms: readonly Atom[];
  readonly linear: Linear;
}

/** A vector as a polynomial in activations, whose coefficients are linear: no two terms have the same activations. */
export interface Sum {
  readonly width: number;
  readonly terms: readonly Term[];
}

/** Sums that grow beyond these are not looked into: no cell has such. */
const MOST_TERMS = 6;
const MOST_PARTS = 12;

export const sameAtom = (a: Atom, b: Atom): boolean => a.tensor === b.tensor && a.from === b.from;

function sameAtoms(a: readonly Atom[], b: readonly Atom[]): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  return a.every((atom) => {
    const at = left.findIndex((other) => sameAtom(atom, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

export const isConstant = ({ parts }: Linear): boolean => parts.length === 0;

/** The number that a constant is everywhere, or undefined. */
export function numberOf({ parts, biases }: Linear): number | undefined {
  if (parts.length > 0 || biases.some(({ data }) => data !== null)) return undefined;
  return biases.reduce((sum, { scale }) => sum + scale, 0);
}

const isZero = (linear: Linear): boolean => numberOf(linear) === 0;

/** The terms as a sum; null beyond measure. */
function collected(width: number, terms: readonly Term[]): Sum | null {
  const found: Term[] = [];
  for (const term of terms) {
    if (isZero(term.linear)) continue;
    const at = found.findIndex(({ atoms }) => sameAtoms(atoms, term.atoms));
    if (at < 0) found.push(term);
    else {
      const { atoms, linear } = found[at];
      const parts = [...linear.parts, ...term.linear.parts];
      const biases = [...linear.biases, ...term.linear.biases];
      if (parts.length + biases.length > MOST_PARTS) return null;
      found[at] = { atoms, linear: { parts, biases } };
    }
  }
  return found.length > MOST_TERMS ? null : { width, terms: found.filter(({ linear }) => !isZero(linear)) };
}

export const number = (value: number): Linear => ({
  parts: [],
  biases: [{ data: null, at: 0, scale: value }],
});

export const linearSum = (width: number, linear: Linear): Sum => ({
  width,
  terms: isZero(linear) ? [] : [{ atoms: [], linear }],
});

/** A vector as itself. */
export const leafSum = (leaf: SymbolicTensor, width: number): Sum =>
  linearSum(width, {
    parts: [{ leaf, from: 0, size: width, matrix: null, diagonal: null, scale: 1 }],
    biases: [],
  });

/** One number for all of a width, or as many as it is wide. */
export const constantSum = (width: number, data: ArrayLike<number>): Sum =>
  linearSum(width, data.length === 1 ? number(data[0]) : { parts: [], biases: [{ data, at: 0, scale: 1 }] });

export function plus(a: Sum, b: Sum): Sum | null {
  return a.width === b.width ? collected(a.width, [...a.terms, ...b.terms]) : null;
}

const scaledLinear = ({ parts, biases }: Linear, by: number): Linear => ({
  parts: parts.map((part) => ({ ...part, scale: part.scale * by })),
  biases: biases.map((bias) => ({ ...bias, scale: bias.scale * by })),
});

export const scaled = (sum: Sum, by: number): Sum => ({
  ...sum,
  terms: by === 0 ? [] : sum.terms.map(({ atoms, linear }) => ({ atoms, linear: scaledLinear(linear, by) })),
});

/** The product of two linear forms, one of which is constant; null where it is none that can be told. */
function linearProduct(a: Linear, b: Linear): Linear | null {
  for (const [constant, other] of [
    [a, b],
    [b, a],
  ]) {
    const by = numberOf(constant);
    if (by !== undefined) return scaledLinear(other, by);
  }
  const [constant, other] = isConstant(b) ? [b, a] : [a, b];
  if (!isConstant(constant)) return null;
  const [bias] = constant.biases;
  const [part] = other.parts;
  const single = constant.biases.length === 1 && other.parts.length === 1 && other.biases.length === 0;
  if (!single || bias.data === null || part.matrix !== null || part.diagonal !== null) return null;
  const diagonal = { data: bias.data, at: bias.at };
  return { parts: [{ ...part, diagonal, scale: part.scale * bias.scale }], biases: [] };
}

export function times(a: Sum, b: Sum): Sum | null {
  if (a.width !== b.width || a.terms.length * b.terms.length > MOST_TERMS) return null;
  const terms: Term[] = [];
  for (const x of a.terms) {
    for (const y of b.terms) {
      const linear = linearProduct(x.linear, y.linear);
      if (linear === null || x.atoms.length + y.atoms.length > 3) return null;
      terms.push({ atoms: [...x.atoms, ...y.atoms], linear });
    }
  }
  return collected(a.width, terms);
}

/** Some positions of a sum. */
export function cutSum({ terms }: Sum, start: number, width: number): Sum {
  return {
    width,
    terms: terms.map(({ atoms, linear }) => ({
      atoms: atoms.map((atom) => ({
        ...atom,
        from: atom.from + start,
        argument: cutSum(atom.argument, start, width),
      })),
      linear: {
        parts: linear.parts.map((part): Part => {
          if (part.matrix !== null) {
            return { ...part, matrix: { ...part.matrix, column: part.matrix.column + start } };
          }
          const diagonal = part.diagonal && { ...part.diagonal, at: part.diagonal.at + start };
          return { ...part, from: part.from + start, size: width, diagonal };
        }),
        biases: linear.biases.map((bias) => ({ ...bias, at: bias.at + start })),
      },
    })),
  };
}
