import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { gateWeights, hasBias, stepOf } from './cell.js';
import { biasOf, inputSegments, kernelOf, linearOf, otherThan, rowsOfLeaf, wholeLeaf } from './gates.js';
import type { Reader } from './reader.js';
import type { Step } from './step.js';
import { type Atom, isConstant, type Linear, numberOf, type Sum, sameAtom } from './sums.js';

/** The gates of h' = z ⊙ h + (1 − z) ⊙ n, or with z mirrored. */
interface Update {
  readonly z: Atom;
  readonly n: Atom;
  readonly h: SymbolicTensor | null;
  readonly updateGate: 'state' | 'candidate';
}

function updateOf({ terms }: Sum): Update | null {
  const product = terms.find(({ atoms, linear }) => atoms.length === 2 && isConstant(linear));
  const sign = product && numberOf(product.linear);
  if (product === undefined) return null;
  const held = terms.filter(({ linear }) => !isConstant(linear));
  if (sign === -1 && terms.length === 2 + held.length && held.length < 2) {
    const n = terms.find(({ atoms, linear }) => atoms.length === 1 && numberOf(linear) === 1)?.atoms[0];
    const z = n && otherThan(product.atoms, n);
    if (n === undefined || z === undefined || !product.atoms.some((atom) => sameAtom(atom, n))) return null;
    if (held.length === 0) return { z, n, h: null, updateGate: 'state' };
    const h = wholeLeaf(held[0].linear);
    const good = h !== null && held[0].atoms.length === 1 && sameAtom(held[0].atoms[0], z);
    return good ? { z, n, h, updateGate: 'state' } : null;
  }
  if (sign !== 1 || terms.length !== 3 || held.length !== 2) return null;
  const plain = held.find(({ atoms }) => atoms.length === 0);
  const gated = held.find(({ atoms }) => atoms.length === 1);
  const h = plain === undefined ? null : wholeLeaf(plain.linear);
  const [z] = gated?.atoms ?? [];
  if (h === null || gated === undefined || wholeLeaf(gated.linear, -1) !== h) return null;
  const n = product.atoms.some((atom) => sameAtom(atom, z)) ? otherThan(product.atoms, z) : undefined;
  return n === undefined ? null : { z, n, h, updateGate: 'candidate' };
}

/** The candidate's argument: what it takes of x and, through the reset gate, of h. */
interface Candidate {
  readonly plain: Linear;
  /** What the reset gate multiplies behind the product; null where it multiplies h before it. */
  readonly inner: Linear | null;
  readonly reset: Atom | null;
  /** The product of the reset gate and h. */
  readonly product: SymbolicTensor | null;
}

function candidateOf(reader: Reader, { argument }: Atom, h: SymbolicTensor | null): Candidate | null {
  const plain = argument.terms.find(({ atoms }) => atoms.length === 0)?.linear;
  const gated = argument.terms.filter(({ atoms }) => atoms.length > 0);
  if (plain === undefined || gated.length > 1) return null;
  if (gated.length === 1) {
    const [{ atoms, linear }] = gated;
    const ofState = linear.parts.every(({ leaf, matrix }) => leaf === h && matrix !== null);
    const good = atoms.length === 1 && ofState && (h === null || linear.parts.length > 0);
    return good ? { plain, inner: linear, reset: atoms[0], product: null } : null;
  }
  if (h === null) return { plain, inner: null, reset: null, product: null };
  for (const { leaf, matrix } of plain.parts) {
    const value = reader.value(leaf);
    const [term] = value?.terms ?? [];
    if (matrix === null || value?.terms.length !== 1 || term.atoms.length !== 1) continue;
    if (wholeLeaf(term.linear) === h) return { plain, inner: null, reset: term.atoms[0], product: leaf };
  }
  return null;
}

/** h' = z ⊙ h + (1 − z) ⊙ n, n of r in either of its places. */
export function matchGru(after: SymbolicTensor, sum: Sum, reader: Reader): Step | null {
  const update = updateOf(sum);
  if (update === null) return null;
  const { z, n, h, updateGate } = update;
  const candidate = candidateOf(reader, n, h);
  if (candidate === null) return null;
  const { plain, inner, reset, product } = candidate;
  const units = sum.width;
  const zLinear = linearOf(z.argument);
  const rLinear = reset && linearOf(reset.argument);
  if (zLinear === null || (reset !== null && rLinear === null)) return null;
  if (reset !== null && reset.activation !== z.activation) return null;
  if (h !== null && (rLinear === null || plain.parts.some(({ leaf }) => leaf === h))) return null;
  const gates = [zLinear, rLinear, plain];
  const states = [h, product].filter((leaf) => leaf !== null);
  const all = gates.filter((gate) => gate !== null);
  if (all.some(({ parts }) => parts.some(({ leaf, matrix }) => states.includes(leaf) && matrix === null)))
    return null;
  if (
    product !== null &&
    [zLinear, rLinear].some((gate) => gate?.parts.some(({ leaf }) => leaf === product))
  ) {
    return null;
  }
  const x = inputSegments(all, states);
  if (x.length === 0) return null;
  const resetAfter = h === null ? inner !== null : product === null;
  const useBias = hasBias([...gates, inner]);
  return stepOf({
    type: 'gru',
    units,
    x,
    before: h === null ? null : [h],
    after: [after],
    options: { activation: n.activation, recurrentActivation: z.activation, resetAfter, updateGate, useBias },
    weights: () => {
      const own = gateWeights(gates, units, x, []);
      const recurrent = [zLinear, rLinear, resetAfter ? inner : plain];
      return {
        ...own,
        ...(h !== null && { recurrentKernel: kernelOf(recurrent, units, units, rowsOfLeaf(...states)) }),
        ...(inner !== null && { innerBias: biasOf([inner], units) }),
      };
    },
    finish: ({ bias, innerBias, ...kernels }) => {
      if (!useBias) return kernels;
      if (!resetAfter) return { ...kernels, bias };
      const data = new Float32Array(6 * units);
      data.set(bias.data);
      if (innerBias !== undefined) data.set(innerBias.data, 5 * units);
      return { ...kernels, bias: { data, shape: [2, 3 * units] } };
    },
  });
}
