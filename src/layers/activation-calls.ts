import { at, type Ref } from '../program/region.js';
import * as kernels from '../wasm/generated/kernels.js';
import { ACTIVATIONS, type ActivationName, activationNeedsInput } from './activations.js';
import type { BackwardBinding, Binding } from './layer.js';

/** Records y = act(z) over R rows of O values. z and y may be the same place. */
export function recordActivation(
  name: ActivationName,
  k: Binding,
  y: Ref,
  z: Ref,
  R: number,
  O: number,
): void {
  if (name === 'softmax') k.emit(kernels.softmax_forward, y, z, R, O);
  else if (name === 'logSoftmax') k.emit(kernels.log_softmax_forward, y, z, R, O);
  else if (name !== 'linear') k.emit(kernels.activation_forward, y, z, R * O, ACTIVATIONS[name]);
}

/** Records dz from dy and gives its place: dy itself for a linear layer, else a buffer. */
export function recordActivationGradient(
  name: ActivationName,
  k: BackwardBinding,
  dy: Ref,
  y: Ref,
  z: Ref,
  R: number,
  O: number,
): Ref {
  if (name === 'linear') return dy;
  const dz = at(k.buffer('dz', R * O));
  if (name === 'softmax') k.emit(kernels.softmax_backward, dz, dy, y, R, O);
  else if (name === 'logSoftmax') k.emit(kernels.log_softmax_backward, dz, dy, y, R, O);
  else {
    const x = activationNeedsInput(name) ? z : null;
    k.emit(kernels.activation_backward, dz, dy, y, x, R * O, ACTIVATIONS[name]);
  }
  return dz;
}
