import { type ElementActivationName, elementActivations } from './activations.js';
import type { Value, Weights } from './network.js';

/** How a window moves, as configs say it. */
export interface Window {
  readonly kernelSize: number;
  readonly strides: number;
  readonly dilationRate: number;
  readonly padding: string;
}

interface Convolution extends Window {
  readonly filters: number;
  readonly groups: number;
  readonly activation: string;
}

/** Steps out, and steps of padding in front, by Keras's words: enough of it for ceil(T / strides) windows. */
export function windows({ kernelSize, strides, dilationRate, padding }: Window, T: number): [number, number] {
  const reach = (kernelSize - 1) * dilationRate + 1;
  let before = 0;
  let after = 0;
  if (padding === 'causal') before = reach - 1;
  if (padding === 'same') {
    const wanted = T % strides === 0 ? reach - strides : reach - (T % strides);
    before = Math.floor(Math.max(0, wanted) / 2);
    after = Math.max(0, wanted) - before;
  }
  return [Math.floor((before + T + after - reach) / strides) + 1, before];
}

const act = (name: string) => elementActivations[name as ElementActivationName].f;

/** y[b, t, o] = act(bias + Σ_k Σ_c x[b, t·s + k·d − before, c] · w[k, c, o]), group by group */
export function conv1d(config: Convolution, [{ data, shape }]: readonly Value[], w: Weights): Value[] {
  const [B, T, C] = shape;
  const { filters: O, groups } = config;
  const [steps, before] = windows(config, T);
  const [CG, OG] = [C / groups, O / groups];
  const y = new Float64Array(B * steps * O);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < steps; t++) {
      for (let o = 0; o < O; o++) {
        const first = Math.floor(o / OG) * CG;
        let sum = w.bias?.[o] ?? 0;
        for (let k = 0; k < config.kernelSize; k++) {
          const from = t * config.strides + k * config.dilationRate - before;
          if (from < 0 || from >= T) continue;
          for (let c = 0; c < CG; c++) {
            sum += data[(b * T + from) * C + first + c] * w.kernel[(k * CG + c) * O + o];
          }
        }
        y[(b * steps + t) * O + o] = act(config.activation)(sum);
      }
    }
  }
  return [{ data: y, shape: [B, steps, O] }];
}

/** Equations of what slides a window over time. */
export const REFERENCE_CONVOLUTIONS = { conv1d };
