import { type CellActivation, cellActivations } from './cell_activations.js';
import { affine, type RecurrentData, type RecurrentShape } from './recurrent.js';

export interface GruOptions {
  readonly activation?: CellActivation;
  readonly recurrentActivation?: CellActivation;
  /** Reset gate after the recurrent product (Keras's default, and here); bias is then [2, 3H]. */
  readonly resetAfter?: boolean;
  /** The update gate weighs the candidate (Chung et al. 2014) instead of the old state. */
  readonly candidateGate?: boolean;
}

/** h [T+1, B, H] with the initial state in slot 0; gates z, r, hh [T, B, 3H]; q [T, B, H]. */
export interface GruForward {
  readonly h: Float64Array;
  readonly gates: Float64Array;
  readonly q: Float64Array;
}

/**
 * With a = rmask ⊙ h_{t-1}, kernel W, recurrentKernel U, input bias b, recurrent bias b':
 * z = σ(b_z + x_t·W_z + b'_z + a·U_z),   r likewise
 * resetAfter:      q = b'_h + a·U_h,   hh = φ(b_h + x_t·W_h + r ⊙ q)
 * else, b' = 0:    q = r ⊙ a,          hh = φ(b_h + x_t·W_h + q·U_h)
 * h_t = z ⊙ h_{t-1} + (1 − z) ⊙ hh;  with candidateGate z ⊙ hh + (1 − z) ⊙ h_{t-1}
 */
export function gruForward(shape: RecurrentShape, data: RecurrentData, options: GruOptions = {}): GruForward {
  const { T, B, I, H } = shape;
  const phi = (options.activation ?? cellActivations.tanh).f;
  const sigma = (options.recurrentActivation ?? cellActivations.sigmoid).f;
  const { resetAfter = true, candidateGate = false } = options;
  const h = new Float64Array((T + 1) * B * H);
  const gates = new Float64Array(T * B * 3 * H);
  const q = new Float64Array(T * B * H);
  h.set(Array.from(data.h0));
  const recurrentBias = (column: number) => (resetAfter ? data.bias[3 * H + column] : 0);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const before = (t * B + b) * H;
      const row = 3 * before;
      const a = Array.from({ length: H }, (_, k) => h[before + k] * (data.rmask?.[b * H + k] ?? 1));
      const projected = (column: number) =>
        affine(data.bias[column], data.x, (t * B + b) * I, data.kernel, I, 3 * H, column);
      const recurrent = (state: ArrayLike<number>, column: number) =>
        affine(recurrentBias(column), state, 0, data.recurrentKernel, H, 3 * H, column);
      for (let j = 0; j < 2 * H; j++) gates[row + j] = sigma(projected(j) + recurrent(a, j));
      const r = gates.subarray(row + H, row + 2 * H);
      for (let j = 0; j < H; j++) q[before + j] = resetAfter ? recurrent(a, 2 * H + j) : r[j] * a[j];
      const reset = q.subarray(before, before + H);
      for (let j = 0; j < H; j++) {
        const z = gates[row + j];
        const inner = resetAfter ? r[j] * q[before + j] : recurrent(reset, 2 * H + j);
        const hh = phi(projected(2 * H + j) + inner);
        gates[row + 2 * H + j] = hh;
        h[before + B * H + j] = candidateGate
          ? z * hh + (1 - z) * h[before + j]
          : z * h[before + j] + (1 - z) * hh;
      }
    }
  }
  return { h, gates, q };
}

/** Gradients by backpropagation through time; dz [T, B, 3H] of the projections, dq [T, B, H] of q. */
export interface GruGradients {
  readonly dz: Float64Array;
  readonly dq: Float64Array;
  readonly dx: Float64Array;
  readonly dKernel: Float64Array;
  readonly dRecurrentKernel: Float64Array;
  readonly dBias: Float64Array;
  readonly dh0: Float64Array;
}

/** dy [T, B, H]: gradient of each output; dhT [B, H]: of the final state, besides dy. */
export function gruBackward(
  shape: RecurrentShape,
  data: RecurrentData,
  forward: GruForward,
  dy: ArrayLike<number>,
  dhT: ArrayLike<number>,
  options: GruOptions = {},
): GruGradients {
  const { T, B, I, H } = shape;
  const phi = options.activation ?? cellActivations.tanh;
  const sigma = options.recurrentActivation ?? cellActivations.sigmoid;
  const { resetAfter = true, candidateGate = false } = options;
  const { h, gates, q } = forward;
  const dz = new Float64Array(T * B * 3 * H);
  const dq = new Float64Array(T * B * H);
  const dx = new Float64Array(T * B * I);
  const dKernel = new Float64Array(I * 3 * H);
  const dRecurrentKernel = new Float64Array(H * 3 * H);
  const dBias = new Float64Array(data.bias.length);
  const dh = Float64Array.from(dhT);
  const U = (k: number, column: number) => data.recurrentKernel[k * 3 * H + column];
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const before = (t * B + b) * H;
      const row = 3 * before;
      const mask = (k: number) => data.rmask?.[b * H + k] ?? 1;
      const dOld = new Float64Array(H); // of h_{t-1} by the blend
      const dA = new Float64Array(H); // of a = rmask ⊙ h_{t-1}
      for (let j = 0; j < H; j++) {
        const z = gates[row + j];
        const hh = gates[row + 2 * H + j];
        const d = dh[b * H + j] + dy[before + j];
        const toGate = d * (candidateGate ? hh - h[before + j] : h[before + j] - hh);
        dz[row + j] = toGate * sigma.slope(z);
        dz[row + 2 * H + j] = d * (candidateGate ? z : 1 - z) * phi.slope(hh);
        dOld[j] = d * (candidateGate ? 1 - z : z);
      }
      for (let j = 0; j < H; j++) {
        const r = gates[row + H + j];
        let toReset = 0;
        if (resetAfter) {
          dq[before + j] = dz[row + 2 * H + j] * r;
          toReset = dz[row + 2 * H + j] * q[before + j];
        } else {
          for (let n = 0; n < H; n++) dq[before + j] += dz[row + 2 * H + n] * U(j, 2 * H + n);
          toReset = dq[before + j] * mask(j) * h[before + j];
          dA[j] += dq[before + j] * r;
        }
        dz[row + H + j] = toReset * sigma.slope(r);
      }
      for (let k = 0; k < H; k++) {
        const a = mask(k) * h[before + k];
        for (let n = 0; n < 2 * H; n++) {
          dA[k] += dz[row + n] * U(k, n);
          dRecurrentKernel[k * 3 * H + n] += a * dz[row + n];
        }
        for (let n = 0; n < H; n++) {
          if (resetAfter) dA[k] += dq[before + n] * U(k, 2 * H + n);
          dRecurrentKernel[k * 3 * H + 2 * H + n] += resetAfter
            ? a * dq[before + n]
            : q[before + k] * dz[row + 2 * H + n];
        }
        dh[b * H + k] = dOld[k] + mask(k) * dA[k];
      }
      for (let n = 0; n < 3 * H; n++) {
        dBias[n] += dz[row + n];
        if (resetAfter) dBias[3 * H + n] += n < 2 * H ? dz[row + n] : dq[before + n - 2 * H];
        for (let k = 0; k < I; k++) {
          dx[(t * B + b) * I + k] += dz[row + n] * data.kernel[k * 3 * H + n];
          dKernel[k * 3 * H + n] += data.x[(t * B + b) * I + k] * dz[row + n];
        }
      }
    }
  }
  return { dz, dq, dx, dKernel, dRecurrentKernel, dBias, dh0: dh };
}
