import { type CellActivation, cellActivations } from './cell_activations.js';
import { affine, type RecurrentData, type RecurrentShape } from './recurrent.js';

export interface LstmData extends RecurrentData {
  /** [B, H] */
  readonly c0: ArrayLike<number>;
}

export interface LstmOptions {
  readonly activation?: CellActivation;
  readonly recurrentActivation?: CellActivation;
}

/** h, c [T+1, B, H] with the initial state in slot 0; gates i, f, g, o [T, B, 4H]. */
export interface LstmForward {
  readonly h: Float64Array;
  readonly c: Float64Array;
  readonly gates: Float64Array;
}

/**
 * z = bias + x_t·kernel + (rmask ⊙ h_{t-1})·recurrentKernel in the order i, f, c, o
 * i, f, o = σ(z_i, z_f, z_o),  g = φ(z_c),  c_t = f ⊙ c_{t-1} + i ⊙ g,  h_t = o ⊙ φ(c_t)
 */
export function lstmForward(shape: RecurrentShape, data: LstmData, options: LstmOptions = {}): LstmForward {
  const { T, B, I, H } = shape;
  const phi = (options.activation ?? cellActivations.tanh).f;
  const sigma = (options.recurrentActivation ?? cellActivations.sigmoid).f;
  const h = new Float64Array((T + 1) * B * H);
  const c = new Float64Array((T + 1) * B * H);
  const gates = new Float64Array(T * B * 4 * H);
  h.set(Array.from(data.h0));
  c.set(Array.from(data.c0));
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const before = (t * B + b) * H;
      const after = before + B * H;
      const masked = Array.from({ length: H }, (_, k) => h[before + k] * (data.rmask?.[b * H + k] ?? 1));
      const z = (gate: number, j: number) => {
        const column = gate * H + j;
        const projected = affine(data.bias[column], data.x, (t * B + b) * I, data.kernel, I, 4 * H, column);
        return affine(projected, masked, 0, data.recurrentKernel, H, 4 * H, column);
      };
      for (let j = 0; j < H; j++) {
        const i = sigma(z(0, j));
        const f = sigma(z(1, j));
        const g = phi(z(2, j));
        const o = sigma(z(3, j));
        c[after + j] = f * c[before + j] + i * g;
        h[after + j] = o * phi(c[after + j]);
        const row = (t * B + b) * 4 * H;
        gates[row + j] = i;
        gates[row + H + j] = f;
        gates[row + 2 * H + j] = g;
        gates[row + 3 * H + j] = o;
      }
    }
  }
  return { h, c, gates };
}

/** Gradients by backpropagation through time; dz [T, B, 4H] is that of the pre-activations. */
export interface LstmGradients {
  readonly dz: Float64Array;
  readonly dx: Float64Array;
  readonly dKernel: Float64Array;
  readonly dRecurrentKernel: Float64Array;
  readonly dBias: Float64Array;
  readonly dh0: Float64Array;
  readonly dc0: Float64Array;
}

/** dy [T, B, H]: gradient of each output; dhT, dcT [B, H]: of the final state, besides dy. */
export function lstmBackward(
  shape: RecurrentShape,
  data: LstmData,
  forward: LstmForward,
  dy: ArrayLike<number>,
  dhT: ArrayLike<number>,
  dcT: ArrayLike<number>,
  options: LstmOptions = {},
): LstmGradients {
  const { T, B, I, H } = shape;
  const phi = options.activation ?? cellActivations.tanh;
  const sigma = options.recurrentActivation ?? cellActivations.sigmoid;
  const { h, c, gates } = forward;
  const dz = new Float64Array(T * B * 4 * H);
  const dx = new Float64Array(T * B * I);
  const dKernel = new Float64Array(I * 4 * H);
  const dRecurrentKernel = new Float64Array(H * 4 * H);
  const dBias = new Float64Array(4 * H);
  const dh = Float64Array.from(dhT);
  const dc = Float64Array.from(dcT);
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const before = (t * B + b) * H;
      const row = (t * B + b) * 4 * H;
      for (let j = 0; j < H; j++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[row + gate * H + j]);
        const y = phi.f(c[before + B * H + j]);
        const dhj = dh[b * H + j] + dy[before + j];
        const dcj = dc[b * H + j] + dhj * o * phi.slope(y);
        dz[row + j] = dcj * g * sigma.slope(i);
        dz[row + H + j] = dcj * c[before + j] * sigma.slope(f);
        dz[row + 2 * H + j] = dcj * i * phi.slope(g);
        dz[row + 3 * H + j] = dhj * y * sigma.slope(o);
        dc[b * H + j] = dcj * f;
      }
      for (let k = 0; k < H; k++) {
        const mask = data.rmask?.[b * H + k] ?? 1;
        dh[b * H + k] = 0;
        for (let n = 0; n < 4 * H; n++) {
          dh[b * H + k] += mask * dz[row + n] * data.recurrentKernel[k * 4 * H + n];
          dRecurrentKernel[k * 4 * H + n] += mask * h[before + k] * dz[row + n];
        }
      }
      for (let n = 0; n < 4 * H; n++) {
        dBias[n] += dz[row + n];
        for (let k = 0; k < I; k++) {
          dx[(t * B + b) * I + k] += dz[row + n] * data.kernel[k * 4 * H + n];
          dKernel[k * 4 * H + n] += data.x[(t * B + b) * I + k] * dz[row + n];
        }
      }
    }
  }
  return { dz, dx, dKernel, dRecurrentKernel, dBias, dh0: dh, dc0: dc };
}
