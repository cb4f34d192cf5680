import type { ActivationName } from '../../../layers/activations.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import { gateWeights, hasBias, stepOf } from './cell.js';
import { elementwise, inputSegments, linearOf, stateCandidates, wholeLeaf, without } from './gates.js';
import type { Step } from './step.js';
import { type Atom, isConstant, type Linear, numberOf, type Part, type Sum, sameAtom } from './sums.js';

/** Chooses the state h of a step among the vectors that it could be. */
export type ChooseState = (
  candidates: readonly SymbolicTensor[],
  c: SymbolicTensor,
) => SymbolicTensor | undefined;

/** A product of two activations and nothing else. */
function twoAtoms({ terms }: Sum): readonly [Atom, Atom] | null {
  const [term] = terms;
  const good = terms.length === 1 && term.atoms.length === 2 && numberOf(term.linear) === 1;
  return good ? [term.atoms[0], term.atoms[1]] : null;
}

/** The activations of c' = f ⊙ c + i ⊙ g. */
interface CellState {
  readonly i: Atom | null;
  readonly f: Atom | null;
  readonly g: Atom;
  readonly c: SymbolicTensor | null;
}

/** Of a pair, the gate and the candidate: the candidate has the activation that the output has. */
function gateFirst(
  atoms: readonly Atom[],
  activation: ActivationName,
  gate: ActivationName,
): [Atom, Atom] | null {
  const [a, b] = atoms;
  if (a.activation === gate && b.activation === activation) return [a, b];
  return b.activation === gate && a.activation === activation ? [b, a] : null;
}

function cellState({ terms }: Sum, activation: ActivationName, gate: ActivationName): CellState | null {
  const product = terms.find(({ atoms, linear }) => atoms.length === 2 && isConstant(linear));
  if (product === undefined) return null;
  const held = terms.find(({ linear }) => !isConstant(linear));
  if (terms.length === 1 || (terms.length === 2 && held !== undefined)) {
    const pair = numberOf(product.linear) === 1 ? gateFirst(product.atoms, activation, gate) : null;
    if (pair === null) return null;
    if (held === undefined) return { i: pair[0], g: pair[1], f: null, c: null };
    const c = wholeLeaf(held.linear);
    const [f] = held.atoms;
    const good = c !== null && held.atoms.length === 1 && f.activation === gate;
    return good ? { i: pair[0], g: pair[1], f, c } : null;
  }
  // f ⊙ c + g − f ⊙ g: the input gate is 1 − f.
  const alone = terms.find(({ atoms, linear }) => atoms.length === 1 && isConstant(linear));
  if (terms.length !== 3 || held?.atoms.length !== 1 || alone === undefined) return null;
  const [f] = held.atoms;
  const [g] = alone.atoms;
  const c = wholeLeaf(held.linear);
  const paired = product.atoms.some((atom) => sameAtom(atom, f)) && product.atoms.some((a) => sameAtom(a, g));
  const signs = numberOf(alone.linear) === 1 && numberOf(product.linear) === -1;
  const named = f.activation === gate && g.activation === activation;
  return c !== null && paired && signs && named ? { i: null, f, g, c } : null;
}

/** The argument of o, which may see the new c: its linear part and what the peephole multiplies by. */
function outputGate(argument: Sum, state: Sum): { linear: Linear; peephole: Part | null } | null {
  const plain = linearOf(argument);
  if (plain !== null) return { linear: plain, peephole: null };
  const own = argument.terms.find(({ atoms }) => atoms.length === 0);
  const held = argument.terms.find(({ linear, atoms }) => atoms.length > 0 && !isConstant(linear));
  const part = held?.linear.parts[0];
  if (part === undefined || part.matrix !== null || argument.terms.length !== state.terms.length + 1)
    return null;
  // Each term of c, times the same numbers.
  const matches = state.terms.every(({ atoms, linear }) => {
    const term = argument.terms.find(
      (one) => one.atoms.length === atoms.length && atoms.every((a) => one.atoms.some((b) => sameAtom(a, b))),
    );
    if (term === undefined) return false;
    if (!isConstant(linear)) return term === held && held.linear.parts.length === 1;
    const [bias] = term.linear.biases;
    const sign = numberOf(linear);
    const { diagonal } = part;
    if (diagonal === null) return numberOf(term.linear) === (sign ?? Number.NaN) * part.scale;
    return (
      isConstant(term.linear) &&
      term.linear.biases.length === 1 &&
      bias.data === diagonal.data &&
      bias.at === diagonal.at &&
      bias.scale === (sign ?? Number.NaN) * part.scale
    );
  });
  return matches && own !== undefined ? { linear: own.linear, peephole: part } : null;
}

/** h' = o ⊙ tanh(c'), c' = f ⊙ c + i ⊙ g. */
export function matchLstm(after: SymbolicTensor, sum: Sum, choose: ChooseState): Step | null {
  const pair = twoAtoms(sum);
  if (pair === null) return null;
  for (const [o, out] of [pair, [pair[1], pair[0]] as const]) {
    const state = cellState(out.argument, out.activation, o.activation);
    const gate = state && outputGate(o.argument, out.argument);
    if (state === null || gate === null || out.from !== 0) continue;
    const found = lstmOf(
      after,
      out.tensor.node.inputs[0],
      state,
      gate,
      [o.activation, out.activation],
      choose,
    );
    if (found !== null) return found;
  }
  return null;
}

function lstmOf(
  h: SymbolicTensor,
  c: SymbolicTensor,
  { i, f, g, c: cBefore }: CellState,
  { linear: o, peephole }: { linear: Linear; peephole: Part | null },
  [recurrentActivation, activation]: readonly [ActivationName, ActivationName],
  choose: ChooseState,
): Step | null {
  const units = g.argument.width;
  const isZero = cBefore === null;
  const atoms = i === null ? [f, g] : [i, f, g];
  const linears = atoms.map((atom) => (atom === null ? null : linearOf(atom.argument)));
  if (linears.some((linear, k) => linear === null && atoms[k] !== null)) return null;
  let gates: readonly (Linear | null)[] = [...linears, o];
  const seen = gates.filter((gate) => gate !== null);
  const peeps: (Part | null)[] = [];
  let before: readonly SymbolicTensor[] | null = null;
  if (!isZero) {
    const hBefore = choose(stateCandidates(seen, units), cBefore);
    if (hBefore === undefined || hBefore === cBefore) return null;
    before = [hBefore, cBefore];
    for (const gate of seen.slice(0, -2)) {
      const own = elementwise(gate, cBefore);
      if (own === null || own.length > 1) return null;
      peeps.push(own[0] ?? null);
    }
    // The candidate and the output see nothing of c.
    if (seen.slice(-2).some(({ parts }) => parts.some(({ leaf }) => leaf === cBefore))) return null;
    gates = seen.map((gate) => without(gate, cBefore));
  }
  const all = [...peeps, peephole];
  const hasPeepholes = all.some((part) => part !== null);
  if (hasPeepholes && isZero) return null;
  const x = inputSegments(
    gates.filter((gate) => gate !== null),
    before === null ? [] : [before[0]],
  );
  if (x.length === 0) return null;
  return stepOf({
    type: 'lstm',
    units,
    x,
    before,
    after: [h, c],
    options: {
      activation,
      recurrentActivation,
      unitForgetBias: false,
      coupled: i === null,
      peephole: hasPeepholes,
      useBias: hasBias(gates),
    },
    weights: () => ({
      ...gateWeights(gates, units, x, before === null ? [] : [before[0]]),
      ...(hasPeepholes && { peepholeKernel: peepholes(all, units) }),
    }),
  });
}

function peepholes(parts: readonly (Part | null)[], units: number): Tensor {
  const data = new Float32Array(parts.length * units);
  parts.forEach((part, row) => {
    for (let j = 0; part !== null && j < units; j++) {
      data[row * units + j] =
        part.scale * (part.diagonal === null ? 1 : part.diagonal.data[part.diagonal.at + j]);
    }
  });
  return { data, shape: [parts.length, units] };
}
