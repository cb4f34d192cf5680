import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import { type Segment, widthOf } from './reader.js';
import type { Atom, Linear, Part, Sum } from './sums.js';

/** The argument of an activation where that is linear. */
export function linearOf({ terms }: Sum): Linear | null {
  if (terms.length === 0) return { parts: [], biases: [] };
  return terms.length === 1 && terms[0].atoms.length === 0 ? terms[0].linear : null;
}

/** The vector that a linear form is and nothing else, or null. */
export function wholeLeaf({ parts, biases }: Linear, by = 1): SymbolicTensor | null {
  const [part] = parts;
  if (parts.length !== 1 || biases.length > 0 || part.matrix !== null || part.diagonal !== null) return null;
  const { leaf, from, size, scale } = part;
  return from === 0 && size === widthOf(leaf) && scale === by ? leaf : null;
}

/** Leaves of size H that matrices multiply, whole, in the order in which they come. */
export function stateCandidates(gates: readonly Linear[], units: number): SymbolicTensor[] {
  const found = new Set<SymbolicTensor>();
  for (const { parts } of gates) {
    for (const { leaf, from, size, matrix } of parts) {
      if (matrix !== null && from === 0 && size === units && widthOf(leaf) === units) found.add(leaf);
    }
  }
  return [...found];
}

/** The positions that go in beside the states, each once. */
export function inputSegments(gates: readonly Linear[], states: readonly SymbolicTensor[]): Segment[] {
  const found: Segment[] = [];
  for (const { parts } of gates) {
    for (const { leaf, from, size } of parts) {
      if (states.includes(leaf)) continue;
      if (!found.some((one) => one.leaf === leaf && one.from === from && one.size === size)) {
        found.push({ leaf, from, size });
      }
    }
  }
  return found;
}

/** Which row of a kernel the first position of a part has; −1 for a part that is not of it. */
export type RowOf = (part: Part) => number;

export const rowsOfSegments =
  (segments: readonly Segment[]): RowOf =>
  ({ leaf, from, size }) => {
    let row = 0;
    for (const one of segments) {
      if (one.leaf === leaf && one.from === from && one.size === size) return row;
      row += one.size;
    }
    return -1;
  };

export const rowsOfLeaf =
  (...leaves: readonly SymbolicTensor[]): RowOf =>
  ({ leaf, from }) =>
    leaves.includes(leaf) ? from : -1;

/** A kernel [rows, G·H] of the gates; null is a gate that is not seen. */
export function kernelOf(
  gates: readonly (Linear | null)[],
  rows: number,
  units: number,
  rowOf: RowOf,
): Tensor {
  const N = gates.length * units;
  const data = new Float32Array(rows * N);
  gates.forEach((gate, g) => {
    if (gate === null) {
      for (let r = 0; r < rows; r++) data.fill(Number.NaN, r * N + g * units, r * N + (g + 1) * units);
      return;
    }
    for (const part of gate.parts) {
      const first = rowOf(part);
      if (first >= 0) addPart(data, part, first, N, g * units, units);
    }
  });
  return { data, shape: [rows, N] };
}

function addPart(
  data: Float32Array,
  { matrix, diagonal, size, scale }: Part,
  first: number,
  N: number,
  to: number,
  units: number,
): void {
  if (matrix === null) {
    for (let j = 0; j < units; j++) {
      data[(first + j) * N + to + j] += scale * (diagonal === null ? 1 : diagonal.data[diagonal.at + j]);
    }
    return;
  }
  const { data: numbers } = matrix.matrix;
  for (let r = 0; r < size; r++) {
    const from = (matrix.row + r) * matrix.columns + matrix.column;
    const at = (first + r) * N + to;
    for (let j = 0; j < units; j++) data[at + j] += scale * numbers[from + j];
  }
}

/** The biases [G·H] of the gates. */
export function biasOf(gates: readonly (Linear | null)[], units: number): Tensor {
  const data = new Float32Array(gates.length * units);
  gates.forEach((gate, g) => {
    for (let j = 0; j < units; j++) {
      let sum = gate === null ? Number.NaN : 0;
      for (const bias of gate?.biases ?? []) {
        sum += bias.scale * (bias.data === null ? 1 : bias.data[bias.at + j]);
      }
      data[g * units + j] = sum;
    }
  });
  return { data, shape: [data.length] };
}

/** Parts of the leaves alone that a product number by number takes: peepholes. null where there is one of a matrix. */
export function elementwise(gate: Linear, leaf: SymbolicTensor): readonly Part[] | null {
  const own = gate.parts.filter((part) => part.leaf === leaf);
  return own.some(({ matrix, from }) => matrix !== null || from !== 0) ? null : own;
}

/** The gate without what it takes of a leaf. */
export const without = (gate: Linear, leaf: SymbolicTensor): Linear => ({
  ...gate,
  parts: gate.parts.filter((part) => part.leaf !== leaf),
});

/** The other of two atoms. */
export const otherThan = (atoms: readonly Atom[], one: Atom): Atom | undefined =>
  atoms.find(({ tensor, from }) => tensor !== one.tensor || from !== one.from);
