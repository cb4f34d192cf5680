import { at, type Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding } from '../layer.js';

/** Sets of T·D elements that are normalised each by itself: G of them in every one of B rows of G·D features. */
export interface Sets {
  readonly T: number;
  readonly B: number;
  readonly G: number;
  readonly D: number;
  /** Whether the mean is taken away. */
  readonly centred: boolean;
  readonly epsilon: number;
  /** Names of the weights, or null for those that the layer has not. */
  readonly gamma: string | null;
  readonly beta: string | null;
}

/** Every row of features by itself. */
export function rowSets(k: Binding): { T: number; B: number; G: number; D: number } {
  const shape = k.inputShapes[0];
  const D = shape[shape.length - 1];
  return { T: 1, B: (k.batch * sizeOf(shape)) / D, G: 1, D };
}

const statistics = (k: Binding, { B, G }: Sets): Ref => at(k.buffer('statistics', 3 * B * G));

/** Records the normalisation. */
export function recordSets(k: Binding, sets: Sets): void {
  const { T, B, G, D, centred, epsilon, gamma, beta } = sets;
  const scale = gamma === null ? null : k.parameter(gamma);
  const shift = beta === null ? null : k.parameter(beta);
  const places = [k.output(), statistics(k, sets), k.input(), scale, shift] as const;
  k.emit(kernels.norm_forward, ...places, T, B, B, G, D, Number(centred), epsilon);
}

/** Records its gradients. */
export function recordSetsGradient(k: BackwardBinding, sets: Sets): void {
  const { T, B, G, D, centred, gamma, beta } = sets;
  const scale = gamma === null ? null : k.parameter(gamma);
  const dScale = gamma === null ? null : k.gradient(gamma);
  const dShift = beta === null ? null : k.gradient(beta);
  const dx = k.inputGradient() ?? at(k.buffer('dx', T * B * G * D));
  const dy = k.outputGradient() as Ref;
  const places = [dx, dScale, dShift, dy, k.input(), scale, statistics(k, sets)] as const;
  k.emit(kernels.norm_backward, ...places, T, B, B, G, D, Number(centred));
}
