import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import type { Segment } from './reader.js';

/** What a layer over a sequence is told beside what its cell is. */
export interface SequenceFlags {
  readonly name: string | undefined;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

/** Weights of a cell. A number that a step from zero does not show is NaN. */
export type CellWeights = Readonly<Record<string, Tensor>>;

/** One step of a recurrent cell, found in a graph. */
export interface Step {
  readonly type: string;
  readonly units: number;
  /** What goes in beside the states. */
  readonly x: readonly Segment[];
  /** States before the step, h first; null where they are zero and no longer seen. */
  readonly before: readonly SymbolicTensor[] | null;
  /** States behind it, h first. */
  readonly after: readonly SymbolicTensor[];
  /** Another value that is h behind the step. */
  readonly output?: SymbolicTensor;
  /** Says which cell it is, weights aside. */
  readonly key: string;
  readonly weights: () => CellWeights;
  /** The weights as a layer has them. */
  readonly layerWeights: () => CellWeights;
  readonly make: (flags: SequenceFlags) => Layer;
}

/** Numbers that were added in another order differ by their rounding. */
const near = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));

const sizes = (x: readonly Segment[]): string => x.map(({ size }) => size).join();

function equal(a: Tensor | undefined, b: Tensor | undefined): boolean {
  const [u, v] = [a?.data, b?.data];
  const length = u?.length ?? v?.length ?? 0;
  if (u !== undefined && v !== undefined && u.length !== v.length) return false;
  for (let i = 0; i < length; i++) {
    const [x, y] = [u?.[i] ?? 0, v?.[i] ?? 0];
    if (!near(x, y) && !Number.isNaN(x) && !Number.isNaN(y)) return false;
  }
  return true;
}

/** Whether two steps are of one cell; a step from zero need only agree in what it shows. */
export function sameCell(a: Step, b: Step): boolean {
  if (a.type !== b.type || a.units !== b.units || sizes(a.x) !== sizes(b.x)) return false;
  const whole = a.before !== null && b.before !== null;
  if (whole && a.key !== b.key) return false;
  const [left, right] = [a.weights(), b.weights()];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  if (!whole) names.delete('recurrentKernel');
  return [...names].every((name) => equal(left[name], right[name]));
}
