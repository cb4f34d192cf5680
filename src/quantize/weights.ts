import { DataError } from '../errors.js';
import type { Int8Weight } from '../layers/int8/weights.js';
import type { Tensor } from '../tensor.js';
import type { OperandRange } from './observe.js';

/** Largest depth of a product whose sums surely fit into 32 bits: 127 · 127 · K < 2^31. */
export const MAX_DEPTH = 133143;

/** A weight in whole numbers from -127 to 127, and what one of them is worth. */
export interface QuantizedWeight {
  readonly values: Tensor;
  readonly scales: Tensor;
}

/**
 * Rounds a matrix to 8 bits, symmetrically, each column (or row) by its largest magnitude:
 *   s_n = max_k |w_kn| / 127,   q_kn = round(w_kn / s_n),   w ≈ q · s
 *
 * @throws DataError when a weight is NaN or infinite
 */
export function quantizeWeight(
  { data, shape }: Tensor,
  scales: Int8Weight['scales'],
  label: string,
): QuantizedWeight {
  const [rows, columns] = shape;
  const bad = data.findIndex((w) => !Number.isFinite(w));
  if (bad >= 0) throw new DataError(`quantize: ${label} holds ${data[bad]} at position ${bad}`);
  const group = (i: number): number => (scales === 'rows' ? Math.floor(i / columns) : i % columns);
  const steps = new Float32Array(scales === 'rows' ? rows : columns);
  data.forEach((w, i) => {
    steps[group(i)] = Math.max(steps[group(i)], Math.abs(w));
  });
  for (let n = 0; n < steps.length; n++) steps[n] /= 127;
  const values = new Float32Array(data.length);
  data.forEach((w, i) => {
    const step = steps[group(i)];
    if (step > 0) values[i] = Math.sign(w) * Math.min(127, Math.round(Math.abs(w) / step));
  });
  return { values: { data: values, shape }, scales: { data: steps, shape: [steps.length] } };
}

/** A weight in 8 bits for an operand that is centered and scaled first. */
export interface CalibratedWeight extends QuantizedWeight {
  /** Center and gain of each row's operand [2, K]. */
  readonly operand: Tensor;
  /** What the bias gains, per output. */
  readonly shift: Float64Array;
}

/**
 * Rounds a matrix to 8 bits for operands whose range is known. Each operand is moved to the middle of its range,
 * and what is hard to round is shared between it and its row of weights:
 *   center_k = (low_k + high_k) / 2,   reach_k = high_k - center_k,   gain_k = √(max_n |w_kn| / reach_k)
 *   x·W = ((x - center) ⊙ gain) · (W / gain) + center·W
 * The bias takes up the last term, and what rounding the weights changes in the mean.
 * Source: Xiao et al. 2023 (SmoothQuant), with its exponent 1/2; Nagel et al. 2019 for the mean.
 */
export function calibrateWeight(weight: Tensor, range: OperandRange, label: string): CalibratedWeight {
  const [K, N] = weight.shape;
  const operand = { data: Float32Array.of(...centers(range), ...gains(weight, range)), shape: [2, K] };
  const gain = operand.data.subarray(K);
  const turned = weight.data.map((w, i) => (gain[Math.floor(i / N)] > 0 ? w / gain[Math.floor(i / N)] : 0));
  const { values, scales } = quantizeWeight({ data: turned, shape: weight.shape }, 'columns', label);
  const shift = new Float64Array(N);
  for (let k = 0; k < K; k++) {
    const center = operand.data[k];
    for (let n = 0; n < N; n++) {
      const exact = weight.data[k * N + n];
      const rounded = gain[k] * scales.data[n] * values.data[k * N + n];
      shift[n] += center * exact + (range.mean[k] - center) * (exact - rounded);
    }
  }
  return { values, scales, operand, shift };
}

function centers({ low, high }: OperandRange): Float64Array {
  return low.map((v, k) => (v + high[k]) / 2);
}

/** An operand that never moved gets the gain that makes its weights as large as the largest others. */
function gains({ data, shape }: Tensor, { low, high }: OperandRange): Float64Array {
  const [K, N] = shape;
  const largest = new Float64Array(K);
  data.forEach((w, i) => {
    const k = Math.floor(i / N);
    largest[k] = Math.max(largest[k], Math.abs(w));
  });
  const reach = low.map((v, k) => (high[k] - v) / 2);
  const top = Math.max(...largest.map((w, k) => Math.sqrt(w * reach[k])));
  return largest.map((w, k) => {
    if (reach[k] > 0) return Math.sqrt(w / reach[k]);
    return top > 0 ? w / top : 1;
  });
}
