import { at, type Ref } from '../../program/region.js';
import type { OpenShape } from '../../shape.js';
import type { Binding, StateDeclaration } from '../layer.js';
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
    { name: 'frames', shape: [pastFrames(window), x[x.length - 1] as number] },
    { name: 'place', shape: [1] },
  ];
}

/** A sequence with the frames before it. */
export interface WithHistory {
  /** [past + T, B, C] */
  readonly x: Ref;
  readonly past: number;
}

/** Records the input with the carried frames in front and what is carried on; without a state the input itself. */
export function withHistory(window: Sliding, k: Binding): WithHistory {
  const kept = carriedInput(window, k);
  if (kept.past === 0) return kept;
  const [T, C] = k.inputShapes[0];
  const [frame, past] = [k.batch * C, kept.past];
  const frames = k.state('frames');
  k.emit('copy', kept.x, frames, past * frame);
  k.emit('copy', at(kept.x, past * frame), k.input(), T * frame);
  k.emit('copy', frames, at(kept.x, T * frame), past * frame);
  return kept;
}

/** Where {@link withHistory} has put the input. */
export function carriedInput(window: Sliding, k: Binding): WithHistory {
  if (!keepsHistory(window) || k.state('frames') === null) return { x: k.input(), past: 0 };
  const [T, C] = k.inputShapes[0];
  const past = pastFrames(window);
  return { x: at(k.buffer('withHistory', (past + T) * k.batch * C)), past };
}
