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

interface Transposed extends Window {
  readonly filters: number;
  readonly activation: string;
  readonly outputPadding: number | null;
}

/** Each x[b, t, c] adds x · w[k, o, c] to y[b, t·s + k·d − before, o]; 'same' cuts evenly, the odd step at the end. */
function conv1dTranspose(config: Transposed, [{ data, shape }]: readonly Value[], w: Weights): Value[] {
  const [B, T, C] = shape;
  const { filters: O, kernelSize, strides, dilationRate, outputPadding } = config;
  const reach = (kernelSize - 1) * dilationRate + 1;
  const full = (T - 1) * strides + reach;
  let steps = outputPadding === null ? Math.max(full, T * strides) : full + outputPadding;
  let before = 0;
  if (config.padding === 'same') {
    steps = outputPadding === null ? T * strides : full - 2 * Math.floor(reach / 2) + outputPadding;
    before = Math.max(0, Math.floor((full - steps) / 2));
  }
  const y = Float64Array.from({ length: B * steps * O }, (_, i) => w.bias?.[i % O] ?? 0);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let k = 0; k < kernelSize; k++) {
        const to = t * strides + k * dilationRate - before;
        if (to < 0 || to >= steps) continue;
        for (let o = 0; o < O; o++) {
          for (let c = 0; c < C; c++) {
            y[(b * steps + to) * O + o] += data[(b * T + t) * C + c] * w.kernel[(k * O + o) * C + c];
          }
        }
      }
    }
  }
  return [{ data: y.map(act(config.activation)), shape: [B, steps, O] }];
}

interface DepthwiseWindow extends Window {
  readonly depthMultiplier: number;
  readonly filters: number;
  readonly activation: string;
}

/** A grouped convolution with one channel in each group: w[k, c, m] is tap k from c to c·M + m. */
function depthwise(config: DepthwiseWindow, [x]: readonly Value[], w: Weights): Value[] {
  const C = x.shape[2];
  const filters = C * config.depthMultiplier;
  return conv1d({ ...config, filters, groups: C }, [x], w);
}

function separable(config: DepthwiseWindow, inputs: readonly Value[], w: Weights): Value[] {
  const inner = depthwise({ ...config, activation: 'linear' }, inputs, { kernel: w.depthwiseKernel });
  const one = { kernelSize: 1, strides: 1, dilationRate: 1, padding: 'valid', groups: 1 };
  const kernel = { kernel: w.pointwiseKernel, ...(w.bias && { bias: w.bias }) };
  return conv1d({ ...config, ...one }, inner, kernel as Weights);
}

type Reduce = (values: number[]) => number;

const most: Reduce = (values) => Math.max(...values);
const mean: Reduce = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** What `reduce` makes of the steps of each window that are inside of the sequence. */
function pooled({ data, shape: [B, T, C] }: Value, window: Window, reduce: Reduce): Value {
  const [steps, before] = windows(window, T);
  const y = new Float64Array(B * steps * C);
  y.forEach((_, i) => {
    const [b, t, c] = [Math.floor(i / (steps * C)), Math.floor(i / C) % steps, i % C];
    const values: number[] = [];
    for (let k = 0; k < window.kernelSize; k++) {
      const from = t * window.strides + k - before;
      if (from >= 0 && from < T) values.push(data[(b * T + from) * C + c]);
    }
    y[i] = reduce(values);
  });
  return { data: y, shape: [B, steps, C] };
}

const pool =
  (reduce: Reduce) =>
  (config: { poolSize: number; strides: number; padding: string }, [x]: readonly Value[]): Value[] => [
    pooled(x, { ...config, kernelSize: config.poolSize, dilationRate: 1 }, reduce),
  ];

const globalPool =
  (reduce: Reduce) =>
  ({ keepdims }: { keepdims: boolean }, [x]: readonly Value[]): Value[] => {
    const [B, T, C] = x.shape;
    const whole = { kernelSize: T, strides: 1, dilationRate: 1, padding: 'valid' };
    return [{ data: pooled(x, whole, reduce).data, shape: keepdims ? [B, 1, C] : [B, C] }];
  };

/** Equations of what slides a window over time. */
export const REFERENCE_CONVOLUTIONS = {
  conv1d,
  conv1dTranspose,
  depthwiseConv1d: depthwise,
  separableConv1d: separable,
  maxPooling1d: pool(most),
  averagePooling1d: pool(mean),
  globalMaxPooling1d: globalPool(most),
  globalAveragePooling1d: globalPool(mean),
};
