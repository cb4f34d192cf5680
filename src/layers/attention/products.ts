import type { Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import type { BackwardBinding, Binding } from '../layer.js';

/** A product of R rows x [R, I] with the weight `<name>Kernel`, which has W columns. */
export interface Product {
  readonly name: string;
  readonly x: Ref;
  readonly R: number;
  readonly I: number;
  readonly W: number;
}

/** y = x·W + b; `emit` records it elsewhere than in the program at hand. */
export function recordProduct(
  k: Binding,
  useBias: boolean,
  { name, x, R, I, W }: Product,
  y: Ref,
  emit: Binding['emit'] = k.emit,
): void {
  const kernel = k.parameter(`${name}Kernel`);
  const packed = k.prepared(`${name}Packed`, Math.ceil(W / 8) * 8 * I, (prepare, place) => {
    prepare(kernels.pack_panels, place, kernel, I, W, 1, W, 1);
  });
  const bias = useBias ? k.parameter(`${name}Bias`) : null;
  emit(kernels.gemm, y, x, packed, bias, R, W, I, 1, I, W, 0);
}

/** dW += xᵀ·dy, db += Σ dy */
export function recordProductGradients(
  k: BackwardBinding,
  useBias: boolean,
  { name, x, R, I, W }: Product,
  dy: Ref,
): void {
  const dKernel = k.gradient(`${name}Kernel`);
  if (dKernel !== null) {
    const scratch = k.buffer(`${name}Scratch`, gemmTnScratch(I, W));
    k.emit(kernels.gemm_tn, dKernel, x, dy, scratch, I, W, R, I, W, W);
  }
  const dBias = useBias ? k.gradient(`${name}Bias`) : null;
  if (dBias !== null) k.emit(kernels.colsum, dBias, dy, R, W, W);
}

/** dx = dy·Wᵀ, added to what is there where `adds`. */
export function recordProductInput(
  k: BackwardBinding,
  { name, R, I, W }: Product,
  dx: Ref,
  dy: Ref,
  adds: boolean,
): void {
  const kernel = k.parameter(`${name}Kernel`);
  const packed = k.prepared(`${name}Transposed`, Math.ceil(I / 8) * 8 * W, (emit, place) => {
    emit(kernels.pack_panels, place, kernel, W, I, 1, 1, W);
  });
  k.emit(kernels.gemm, dx, dy, packed, null, R, I, W, 1, W, I, adds ? 1 : 0);
}
