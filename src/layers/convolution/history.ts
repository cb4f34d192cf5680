import { at, type Ref } from '../../program/region.js';
import type { OpenShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding, StateDeclaration } from '../layer.js';
import type { MaskOutcome } from '../mask-rule.js';
import { reachOf, type Sliding } from './geometry.js';

/** Frames before the present one that a window reaches back to. */
export const pastFrames = (window: Sliding): number => reachOf(window) - 1;

/** Whether a layer carries frames: a causal window without strides that reaches back. */
export function keepsHistory(window: Sliding): boolean {
  return window.padding === 'causal' && window.strides === 1 && pastFrames(window) > 0;
}

/**
 * The frames [P, B, C] in memory, and where in them the oldest lies. A stream goes round in them; between whole
 * sequences the oldest is the first.
 */
export function historyStates(window: Sliding, [x]: readonly OpenShape[]): StateDeclaration[] {
  if (!keepsHistory(window)) return [];
  return [
    { name: 'frames', shape: [pastFrames(window), x[x.length - 1] as number], batchAxis: 1 },
    { name: 'place', shape: [1], batchAxis: null },
  ];
}

/** Steps that do not count are zeros to a window, as those outside of the sequence; each step in is one out. */
export function slidingMasks(window: Sliding, [masked]: readonly boolean[]): MaskOutcome {
  if (masked && (window.padding === 'valid' || window.strides > 1)) {
    return { refuses: "the steps that it gives are not those of its input; padding 'causal' and 'same' can" };
  }
  return [masked];
}

/** A sequence as windows read it. */
export interface WindowInput {
  /** [past + T, B, C] */
  readonly x: Ref;
  /** Frames carried over, in front of it. */
  readonly past: number;
}

/** Records the input with the carried frames in front, zeros at steps that do not count, and what is carried on. */
export function readWindows(window: Sliding, k: Binding): WindowInput {
  const input = windowInput(window, k);
  const mask = k.mask();
  const [T, C] = k.inputShapes[0];
  const frame = k.batch * C;
  const own = at(input.x, input.past * frame);
  if (mask !== null) k.emit(kernels.mask_rows, own, k.input(), mask, T * k.batch, C);
  else if (input.past > 0) k.emit(kernels.copy, own, k.input(), T * frame);
  if (input.past > 0) {
    const frames = k.state('frames');
    k.emit(kernels.copy, input.x, frames, input.past * frame);
    k.emit(kernels.copy, frames, at(input.x, T * frame), input.past * frame);
  }
  return input;
}

/** Where {@link readWindows} has put the input: where it was, unless something is to be changed. */
export function windowInput(window: Sliding, k: Binding): WindowInput {
  const carried = keepsHistory(window) && k.state('frames') !== null;
  if (!carried && k.mask() === null) return { x: k.input(), past: 0 };
  const [T, C] = k.inputShapes[0];
  const past = carried ? pastFrames(window) : 0;
  return { x: at(k.buffer('windowInput', (past + T) * k.batch * C)), past };
}

/** Records zeros in the gradient of the input at steps that do not count. */
export function maskGradient(k: BackwardBinding, dx: Ref): void {
  const mask = k.mask();
  const [T, C] = k.inputShapes[0];
  if (mask !== null) k.emit(kernels.mask_rows, dx, dx, mask, T * k.batch, C);
}

/** Records the frame of a step, zeros where it does not count, and gives its place. */
export function readFrame(k: Binding): Ref {
  const mask = k.mask();
  if (mask === null) return k.input();
  const [C] = k.inputShapes[0];
  const frame = at(k.buffer('windowInput', k.batch * C));
  k.emit(kernels.mask_rows, frame, k.input(), mask, k.batch, C);
  return frame;
}
