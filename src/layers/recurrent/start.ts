import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { Binding, StateDeclaration } from '../layer.js';

// The initial states of a recurrent layer in a stream: given whole, they are where its states begin.

/** A carried state of a step. */
interface Held {
  readonly place: Ref;
  readonly size: number;
}

/** What a layer with initial states carries beside its states: whether a frame has counted yet, [B]. */
export function startDeclaration(inputs: number): StateDeclaration[] {
  return inputs > 1 ? [{ name: 'begun', shape: [1] }] : [];
}

/** Records, for the start of a stream, the initial states put in the place of the states. */
export function startStates(k: Binding, states: readonly Held[]): void {
  if (k.inputShapes.length === 1) return;
  k.atStart((emit) => {
    states.forEach(({ place, size }, i) => {
      emit(kernels.copy, place, k.input(1 + i), k.batch * size);
    });
  });
}

/** Records the output of a step: with an initial state 0 before the first frame that counts, as in a sequence. */
export function shownStep(k: Binding, { place, size }: Held): Ref {
  const mask = k.mask(0);
  if (mask === null || k.inputShapes.length === 1) return place;
  const begun = k.state('begun') as Ref;
  k.emit(kernels.extreme_forward, begun, begun, mask, k.batch, 1);
  const copy = at(k.buffer('shown', k.batch * size));
  k.emit(kernels.mask_rows, copy, place, begun, k.batch, size);
  return copy;
}

/** Why the initial states of a use cannot be where a stream begins. */
export function refusesStart(whole: readonly boolean[] = []): string | undefined {
  if (whole[0]) return 'its sequence is given whole, and its initial state by steps';
  if (whole.slice(1).includes(false)) return 'an initial state belongs to a whole sequence; use setState';
  return undefined;
}
