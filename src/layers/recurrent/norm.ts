import type { Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding } from '../layer.js';

/** Added to variances inside cells: what Keras's layer normalisation adds. */
export const NORM_EPSILON = 1e-3;

/** dst_n += Σ over rows of a ⊙ b, with their row strides, unless the weight is frozen (dst null). */
export function productSums(
  k: BackwardBinding,
  dst: Ref | null,
  a: Ref,
  b: Ref,
  [rows, n, lda, ldb]: readonly [number, number, number, number],
): void {
  if (dst !== null) k.emit(kernels.colsum_mul, dst, a, b, rows, n, lda, ldb);
}

/** dst_n += Σ over the rows of a [rows, n], unless the weight is frozen. */
export function columnSums(k: BackwardBinding, dst: Ref | null, a: Ref, rows: number, n: number): void {
  if (dst !== null) k.emit(kernels.colsum, dst, a, rows, n, n);
}
