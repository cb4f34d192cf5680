import { at, type Ref } from '../../program/region.js';
import type { OpenShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding } from '../layer.js';
import { type Sliding, stepsBefore } from './geometry.js';
import { keepsHistory, maskGradient, readFrame, readWindows, windowInput } from './history.js';

/** What the depthwise part of a layer is bound with. */
export interface Depthwise {
  readonly window: Sliding;
  readonly depthMultiplier: number;
  /** Name of the weight [kernelSize, features, depthMultiplier]. */
  readonly weight: string;
}

/** The input's shape with each channel `depthMultiplier` times. */
export const repeatedShape = (x: OpenShape, depthMultiplier: number): OpenShape => [
  ...x.slice(0, -1),
  (x[x.length - 1] as number) * depthMultiplier,
];

/** Records the input with every channel as often as it has taps of its own; once is the input itself. */
function recordRepeated(part: Depthwise, k: Binding, x: Ref, rows: number, C: number): Ref {
  const M = part.depthMultiplier;
  const place = repeated(part, k, x, rows, C);
  if (M > 1) k.emit(kernels.repeat_copy, place, x, rows * C, M, 1);
  return place;
}

function repeated({ depthMultiplier: M }: Depthwise, k: Binding, x: Ref, rows: number, C: number): Ref {
  return M > 1 ? at(k.buffer('repeated', rows * C * M)) : x;
}

/** Sizes in the order of the kernels: the channels are those of the repeated input. */
function sizes({ window, depthMultiplier }: Depthwise, k: Binding, steps: number) {
  const [T, C] = k.inputShapes[0];
  const { kernelSize, strides, dilationRate } = window;
  const channels = C * depthMultiplier;
  const moves = [kernelSize, strides, dilationRate, -stepsBefore(window, T)] as const;
  return { T: steps, TX: T, B: k.batch, C, channels, moves };
}

/** Records y [steps, B, C·M]. */
export function recordDepthwise(part: Depthwise, k: Binding, y: Ref, bias: Ref | null, steps: number): void {
  const { T, TX, B, C, channels, moves } = sizes(part, k, steps);
  const x = recordRepeated(part, k, readWindows(part.window, k).x, TX * B, C);
  k.emit(kernels.depthwise_forward, y, x, k.parameter(part.weight), bias, T, TX, B, channels, ...moves);
}

/** Records the gradients of the weight and of the input from dy [steps, B, C·M]. */
export function recordDepthwiseBack(part: Depthwise, k: BackwardBinding, dy: Ref, steps: number): void {
  const { T, TX, B, C, channels, moves } = sizes(part, k, steps);
  const dw = k.gradient(part.weight);
  if (dw !== null) {
    const x = repeated(part, k, windowInput(part.window, k).x, TX * B, C);
    k.emit(kernels.depthwise_weights, dw, x, dy, T, TX, B, channels, channels, ...moves);
  }
  const dx = k.inputGradient();
  if (dx === null) return;
  const M = part.depthMultiplier;
  const wide = M > 1 ? at(k.buffer('dRepeated', TX * B * channels)) : dx;
  k.emit(kernels.depthwise_transpose, wide, dy, k.parameter(part.weight), TX, T, B, channels, ...moves);
  if (M > 1) k.emit(kernels.repeat_sum, dx, wide, TX * B * C, M, 1);
  maskGradient(k, dx);
}

/** Records one step of a causal one. */
export function recordDepthwiseStep(part: Depthwise, k: Binding, y: Ref, bias: Ref | null): void {
  const [C] = k.inputShapes[0];
  const { kernelSize, dilationRate } = part.window;
  const x = recordRepeated(part, k, readFrame(k), k.batch, C);
  const [frames, place] = ['frames', 'place'].map((name) =>
    keepsHistory(part.window) ? k.state(name) : null,
  );
  const channels = C * part.depthMultiplier;
  const weight = k.parameter(part.weight);
  k.emit(
    kernels.depthwise_step,
    y,
    frames,
    place,
    x,
    weight,
    bias,
    k.batch,
    channels,
    kernelSize,
    dilationRate,
  );
}
