import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { Binding } from '../layer.js';
import type { MaskOutcome } from '../mask-rule.js';
import type { SequenceConfig } from './options.js';

// A recurrent layer on a sequence with a mask: at a step that does not count the states stay and the output is
// the previous one; before the first step that counts outputs are 0, whatever the initial state.

/** Outputs of every step have a mask; read backwards, their steps are in the other order. */
export function sequenceMask(
  config: Pick<SequenceConfig, 'returnSequences' | 'goBackwards'>,
  [masked]: readonly boolean[],
): MaskOutcome {
  return [masked && config.returnSequences && (config.goBackwards ? 'moved' : true)];
}

const floats = (k: Binding): number => k.inputShapes[0][0] * k.batch;

/** Whether truncation is marked in the mask, sample by sample, and not cut between chunks of all samples. */
export function marksCuts(config: SequenceConfig, k: Binding): boolean {
  return k.training && config.truncate !== null && k.mask(0) !== null;
}

/** Whether the state before the first step may be other than 0, so that outputs differ from it. */
function startsAnywhere(k: Binding, state: string): boolean {
  return k.inputShapes.length > 1 || k.state(state) !== null;
}

/** The mask in the order in which the cell reads the steps, or null. */
function orderedMask(config: SequenceConfig, k: Binding): Ref | null {
  const mask = k.mask(0);
  return mask === null || !config.goBackwards ? mask : at(k.buffer('maskReversed', floats(k)));
}

/** Where the cell finds which steps count, [T, B], as {@link readMask} records it; null when all do. */
export function stepMask(config: SequenceConfig, k: Binding): Ref | null {
  return marksCuts(config, k) ? at(k.buffer('maskCut', floats(k))) : orderedMask(config, k);
}

/** 1 from the first step of a sample on that counts, [T, B]. */
const seenMask = (k: Binding): Ref => at(k.buffer('maskSeen', floats(k)));

/** Records the mask as the cell reads it, and that of the output; `state`: name of the output's state. */
export function readMask(config: SequenceConfig, k: Binding, state: string): void {
  const ordered = orderedMask(config, k);
  if (ordered === null) return;
  const [T] = k.inputShapes[0];
  if (config.goBackwards) {
    k.emit(kernels.reverse_time, ordered, k.mask(0), T, k.batch);
    if (config.returnSequences) k.setMask(0, ordered);
  }
  if (startsAnywhere(k, state) || marksCuts(config, k)) {
    k.emit(kernels.mask_seen, seenMask(k), ordered, T, k.batch);
  }
  if (marksCuts(config, k)) {
    k.emit(kernels.mask_cuts, stepMask(config, k), ordered, seenMask(k), T, k.batch, config.truncate);
  }
}

/**
 * Outputs, or their gradients, with 0 in front of the first step that counts: all steps [T, B, size], or with
 * `last` the last one [B, size]. Gives the place of a copy where there is anything to do.
 */
export function shown(
  k: Binding,
  { name, size }: { readonly name: string; readonly size: number },
  place: Ref,
  last: boolean,
  buffer: string,
): Ref {
  if (k.mask(0) === null || !startsAnywhere(k, name)) return place;
  const rows = last ? k.batch : floats(k);
  const copy = at(k.buffer(buffer, rows * size));
  k.emit(kernels.mask_rows, copy, place, at(seenMask(k), floats(k) - rows), rows, size);
  return copy;
}

/** Records a step of a stream around `record`: at a frame that does not count the states stay. */
export function holdStates(
  k: Binding,
  states: readonly { readonly place: Ref; readonly size: number }[],
  record: () => void,
): void {
  const mask = k.mask(0);
  if (mask === null) {
    record();
    return;
  }
  const kept = states.map(({ place, size }, i) => {
    const copy = at(k.buffer(`kept_${i}`, k.batch * size));
    k.emit(kernels.copy, copy, place, k.batch * size);
    return copy;
  });
  record();
  states.forEach(({ place, size }, i) => {
    k.emit(kernels.hold_rows, place, kept[i], mask, k.batch, size);
  });
}
