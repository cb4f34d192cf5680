import { DataError } from '../errors.js';
import type { Int8Weight } from '../layers/int8/weights.js';
import type { Tensor } from '../tensor.js';

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
