import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import type { BackwardBinding, Binding } from '../layer.js';

/** Floats of a weight [K, N] packed in G groups of columns. */
export function packedFloats(K: number, N: number, G: number): number {
  return G * Math.ceil(N / G / 8) * 8 * K;
}

/** The weights of cells that are multiplied with. */
export type ProductWeight = 'kernel' | 'recurrentKernel' | 'projectionKernel';

/** A weight [K, G·H] packed for products with it. */
export function packedWeight(k: Binding, name: ProductWeight, K: number, H: number, G: number): Ref {
  const weights = k.parameter(name);
  const region = k.prepared(`${name}Packed`, packedFloats(K, G * H, G), (emit, place) => {
    emit(kernels.pack_panels, place, weights, K, G * H, G, G * H, 1);
  });
  return at(region);
}

/** A weight [K, N] packed for products with its transpose. */
export function packedTranspose(k: Binding, name: ProductWeight, K: number, N: number): Ref {
  const weights = k.parameter(name);
  const region = k.prepared(`${name}Transposed`, packedFloats(N, K, 1), (emit, place) => {
    emit(kernels.pack_panels, place, weights, N, K, 1, 1, N);
  });
  return at(region);
}

/** The recurrent kernel's transpose in two parts: that of the gates [(G−1)·H, H], that of the candidate [H, H]. */
export function transposedParts(k: Binding, H: number, G: number): Ref {
  const weights = k.parameter('recurrentKernel');
  const [N, gates] = [G * H, (G - 1) * H];
  const gatesPart = packedFloats(gates, H, 1);
  const parts = k.prepared('recurrentParts', gatesPart + packedFloats(H, H, 1), (emit, place) => {
    emit(kernels.pack_panels, place, weights, gates, H, 1, 1, N);
    emit(kernels.pack_panels, at(place, gatesPart), at(weights, gates), H, H, 1, 1, N);
  });
  return at(parts);
}

/** The bias, or zeros where the layer has none. */
export function biasOrZeros(k: Binding, useBias: boolean, floats: number): Ref {
  if (useBias) return k.parameter('bias');
  return at(k.prepared('zeroBias', floats, (emit, place) => emit(kernels.fill, place, floats, 0)));
}

/** Sizes of a product aᵀ·b over K rows: a [K, M], b [K, N], row strides in floats. */
export interface ProductSizes {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly lda: number;
  readonly ldb: number;
  readonly ldc: number;
}

/** dst += aᵀ · b over all rows, unless the weight is frozen (dst null). */
export function weightGradient(
  k: BackwardBinding,
  dst: Ref | null,
  a: Ref,
  b: Ref,
  sizes: ProductSizes,
): void {
  if (dst === null) return;
  const { M, N, K, lda, ldb, ldc } = sizes;
  const scratch = k.buffer(`gemmScratch_${M}_${N}`, gemmTnScratch(M, N));
  k.emit(kernels.gemm_tn, dst, a, b, scratch, M, N, K, lda, ldb, ldc);
}
