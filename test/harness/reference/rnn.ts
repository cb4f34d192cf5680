import { type CellActivation, cellActivations } from './cell_activations.js';
import { affine, type RecurrentData, type RecurrentShape } from './recurrent.js';

/** h_t = φ(bias + x_t·kernel + (rmask ⊙ h_{t-1})·recurrentKernel); h [T+1, B, H], slot 0 the initial state. */
export function rnnForward(
  shape: RecurrentShape,
  data: RecurrentData,
  activation: CellActivation = cellActivations.tanh,
): Float64Array {
  const { T, B, I, H } = shape;
  const h = new Float64Array((T + 1) * B * H);
  h.set(Array.from(data.h0));
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const before = (t * B + b) * H;
      const a = Array.from({ length: H }, (_, k) => h[before + k] * (data.rmask?.[b * H + k] ?? 1));
      for (let j = 0; j < H; j++) {
        const projected = affine(data.bias[j], data.x, (t * B + b) * I, data.kernel, I, H, j);
        h[before + B * H + j] = activation.f(affine(projected, a, 0, data.recurrentKernel, H, H, j));
      }
    }
  }
  return h;
}

/** Gradients by backpropagation through time; dz [T, B, H] is that of the pre-activations. */
export interface RnnGradients {
  readonly dz: Float64Array;
  readonly dx: Float64Array;
  readonly dKernel: Float64Array;
  readonly dRecurrentKernel: Float64Array;
  readonly dBias: Float64Array;
  readonly dh0: Float64Array;
}

/** dy [T, B, H]: gradient of each output; dhT [B, H]: of the final state, besides dy. */
export function rnnBackward(
  shape: RecurrentShape,
  data: RecurrentData,
  h: ArrayLike<number>,
  dy: ArrayLike<number>,
  dhT: ArrayLike<number>,
  activation: CellActivation = cellActivations.tanh,
): RnnGradients {
  const { T, B, I, H } = shape;
  const dz = new Float64Array(T * B * H);
  const dx = new Float64Array(T * B * I);
  const dKernel = new Float64Array(I * H);
  const dRecurrentKernel = new Float64Array(H * H);
  const dBias = new Float64Array(H);
  const dh = Float64Array.from(dhT);
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const before = (t * B + b) * H;
      for (let j = 0; j < H; j++) {
        const slope = activation.slope(h[before + B * H + j]);
        dz[before + j] = (dh[b * H + j] + dy[before + j]) * slope;
      }
      for (let k = 0; k < H; k++) {
        const mask = data.rmask?.[b * H + k] ?? 1;
        dh[b * H + k] = 0;
        for (let n = 0; n < H; n++) {
          dh[b * H + k] += mask * dz[before + n] * data.recurrentKernel[k * H + n];
          dRecurrentKernel[k * H + n] += mask * h[before + k] * dz[before + n];
        }
      }
      for (let n = 0; n < H; n++) {
        dBias[n] += dz[before + n];
        for (let k = 0; k < I; k++) {
          dx[(t * B + b) * I + k] += dz[before + n] * data.kernel[k * H + n];
          dKernel[k * H + n] += data.x[(t * B + b) * I + k] * dz[before + n];
        }
      }
    }
  }
  return { dz, dx, dKernel, dRecurrentKernel, dBias, dh0: dh };
}
