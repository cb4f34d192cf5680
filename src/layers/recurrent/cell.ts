import type { Ref } from '../../program/region.js';
import type { OpenShape } from '../../shape.js';
import type { BackwardBinding, Binding, ParameterDeclaration } from '../layer.js';
import type { Restore } from '../restore.js';
import type { SequenceConfig } from './options.js';

/** A run of consecutive steps of a batch of sequences, with the places of its data. */
export interface Span {
  /** Steps of the sequence before this one, in the order in which the cell reads it. */
  readonly from: number;
  /** Steps. */
  readonly T: number;
  /** Samples. */
  readonly B: number;
  /** Input features. */
  readonly I: number;
  /** Units. */
  readonly H: number;
  /** Input [T, B, I], in the order in which the cell reads it. */
  readonly x: Ref;
  /** Per state: slots [T+1, B, size]; slot 0 is the state before the first step. */
  readonly states: readonly Ref[];
  /** Dropout mask of the recurrent product [B, P] and room for masked outputs [T, B, P]; null without. P: output size. */
  readonly mask: Ref | null;
  readonly masked: Ref | null;
  /**
   * 1 where a step of a sample counts and 0 where it is padding [T, B]; null when all count. At a step that does
   * not count the states stay, dz is 0 and the states' gradients pass by (assembly/cells/valid.ts).
   */
  readonly valid: Ref | null;
  /** A buffer [T, B, floats] that backward finds again under the same name. */
  room(name: string, floats: number): Ref;
}

/** A span on the way back. */
export interface BackwardSpan extends Span {
  /** Gradient of every step's output [T, B, P], or null when only the final state counts. */
  readonly dy: Ref | null;
  /** Per state [B, size]: gradient of the final state on entry, of the state before the first step on exit. */
  readonly dStates: readonly Ref[];
  /**
   * Where a cell that passes its input writes the gradient of what passes [T, B, I], to which that of the product is
   * added; null when nobody needs it.
   */
  readonly dx: Ref | null;
}

/**
 * A recurrent cell: its weights and its kernels. What surrounds it (dropout, direction, carried state,
 * truncation, recomputation) is the same for all and lives in layer.ts.
 */
export interface RecurrentCell<C extends SequenceConfig> {
  readonly type: string;
  /** A saved config of a layer of this cell, checked. */
  readonly restore: Restore<C>;
  /** Columns of the kernel per unit; 0 for a cell that writes the whole gradient of its input itself. */
  gates(config: C, features: number): number;
  /** True where the input reaches the output beside the product as well: backward writes that part of dx. */
  passesInput?(config: C, features: number): boolean;
  /** Names of the states, the output first. */
  readonly states: readonly string[];
  /** Sizes of the states for one sample. Default: the units, for each. */
  stateSizes?(config: C): readonly number[];
  parameters(config: C, inputs: readonly OpenShape[]): ParameterDeclaration[];
  /** Records the projection of the inputs and the loop over the steps. */
  forward(config: C, k: Binding, span: Span): void;
  /** Records the loop back and the weight gradients; gives dz [T, B, gates·H], if it has gates. */
  backward(config: C, k: BackwardBinding, span: BackwardSpan): Ref | null;
  /** Records dx from dz for rows of inputs [steps·B], where it is not dz·kernelᵀ. */
  project?(config: C, k: BackwardBinding, dx: Ref, dz: Ref, rows: number): void;
  /** Records one step in place of the carried states. */
  step(config: C, k: Binding, states: readonly Ref[]): void;
}

/** A state as a configured cell has it. */
export interface CellState {
  readonly name: string;
  /** Numbers for one sample. */
  readonly size: number;
}

/** The states of a cell, the output first. */
export function statesOf<C extends SequenceConfig>(cell: RecurrentCell<C>, config: C): CellState[] {
  const sizes = cell.stateSizes?.(config);
  return cell.states.map((name, i) => ({ name, size: sizes?.[i] ?? config.units }));
}
