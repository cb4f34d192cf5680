import { at, type Ref, type Region } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { BackwardBinding, Binding } from '../layer.js';
import type { BackwardSpan } from './cell.js';
import type { OverWidth } from './conv-options.js';
import { weightGradient } from './weights.js';

/** Floats of K taps [rows, columns] packed in G groups of columns. */
const tapFloats = (K: number, rows: number, columns: number, G: number): number =>
  K * G * Math.ceil(columns / G / 8) * 8 * rows;

/** The kernel [K, C, N], its taps packed for products with the input. */
export function inputTaps({ kernelSize: K, channels: C }: OverWidth, k: Binding, N: number): Region {
  const weights = k.parameter('kernel');
  return k.prepared('kernelPacked', tapFloats(K, C, N, 1), (emit, place) => {
    emit(kernels.conv1d_pack, place, weights, K, 1, C, N, C * N, 0, N, 1);
  });
}

/** Columns `from` to `from + count` of a recurrent kernel [K, F, N], packed in G groups for products with states. */
export function stateTaps(
  { kernelSize: K, filters: F }: OverWidth,
  k: Binding,
  N: number,
  { from = 0, count = N, G = 1 }: { from?: number; count?: number; G?: number } = {},
): Region {
  const weights = at(k.parameter('recurrentKernel'), from);
  return k.prepared(`recurrentPacked_${from}`, tapFloats(K, F, count, G), (emit, place) => {
    emit(kernels.conv1d_pack, place, weights, K, G, F, count / G, F * N, count / G, N, 1);
  });
}

/** The same columns, transposed for products with gradients. */
export function stateTapsBack(
  { kernelSize: K, filters: F }: OverWidth,
  k: Binding,
  N: number,
  from = 0,
  count = N,
): Region {
  const weights = at(k.parameter('recurrentKernel'), from);
  return k.prepared(`recurrentTransposed_${from}`, tapFloats(K, count, F, 1), (emit, place) => {
    emit(kernels.conv1d_pack, place, weights, K, 1, count, F, F * N, 0, 1, N);
  });
}

/** W, WX, C, N, K, stride, dilation, offset of the input's convolution into N columns. */
function inputSizes(config: OverWidth, N: number) {
  const { positions, width, channels, kernelSize, strides, dilationRate, offset } = config;
  return [positions, width, channels, N, kernelSize, strides, dilationRate, offset] as const;
}

/** Records y [R, P, N] = bias + W ∗ x for R samples. */
export function recordInput(config: OverWidth, k: Binding, y: Ref, x: Ref, R: number, N: number): void {
  const bias = config.useBias ? k.parameter('bias') : null;
  k.emit(kernels.conv_samples, y, x, inputTaps(config, k, N), bias, R, ...inputSizes(config, N), 0);
}

/** Records dx [R, W, C] from dz [R, P, N]: what the input's convolution sends back. */
export function recordInputBack(
  config: OverWidth,
  k: BackwardBinding,
  dx: Ref,
  dz: Ref,
  R: number,
  N: number,
): void {
  const { positions: P, width: W, channels: C, kernelSize: K, strides, dilationRate: d, offset } = config;
  const weights = k.parameter('kernel');
  const packed = k.prepared('kernelTransposed', tapFloats(K, N, C, 1), (emit, place) => {
    emit(kernels.conv1d_pack, place, weights, K, 1, N, C, C * N, 0, 1, N);
  });
  if (strides > 1)
    k.emit(kernels.conv_samples, dx, dz, packed, null, R, W, P, N, C, K, strides, d, offset, 1);
  else k.emit(kernels.conv_samples, dx, dz, packed, null, R, W, P, N, C, K, 1, -d, -offset, 0);
}

/** Where a weight gradient lies, and the columns of dz [R·P, ldz] that it is of. */
export interface Columns {
  readonly dst: Ref | null;
  readonly dz: Ref;
  readonly count: number;
  readonly ldz: number;
}

/** Records dW += xᵀ·dz of every tap, over all rows; `ldz` is the width of the weight too. */
function recordTaps(
  k: BackwardBinding,
  x: Ref,
  R: number,
  { dst, dz, count, ldz }: Columns,
  sizes: { K: number; P: number; WX: number; C: number; stride: number; dilation: number; offset: number },
): void {
  if (dst === null) return;
  const { K, P, WX, C, stride, dilation, offset } = sizes;
  for (let tap = 0; tap < K; tap++) {
    const from = offset + tap * dilation;
    let seen = x;
    if (from !== 0 || stride > 1 || P !== WX) {
      seen = at(k.buffer(`shifted_${C}`, R * P * C));
      k.emit(kernels.conv_shifted, seen, x, R, P, WX, C, stride, from);
    }
    const rows = { M: C, N: count, K: R * P, lda: C, ldb: ldz, ldc: ldz };
    weightGradient(k, at(dst, tap * C * ldz), seen, dz, rows);
  }
}

/** Records the gradients of the kernel and the bias from dz [T, B, P, N]. */
export function recordInputWeights(
  config: OverWidth,
  k: BackwardBinding,
  span: BackwardSpan,
  dz: Ref,
  N: number,
): void {
  const { positions: P, width: WX, channels: C, kernelSize: K } = config;
  const R = span.T * span.B;
  const sizes = { K, P, WX, C, stride: config.strides, dilation: config.dilationRate, offset: config.offset };
  recordTaps(k, span.x, R, { dst: k.gradient('kernel'), dz, count: N, ldz: N }, sizes);
  const dBias = config.useBias ? k.gradient('bias') : null;
  if (dBias !== null) k.emit(kernels.colsum, dBias, dz, R * P, N, N);
}

/** Records the gradient of columns of the recurrent kernel, of states a [T, B, P, F]. */
export function recordStateWeights(
  { positions: P, filters: C, kernelSize: K }: OverWidth,
  k: BackwardBinding,
  span: BackwardSpan,
  a: Ref,
  columns: Columns,
): void {
  const sizes = { K, P, WX: P, C, stride: 1, dilation: 1, offset: -((K - 1) >> 1) };
  recordTaps(k, a, span.T * span.B, columns, sizes);
}

/** Sizes of a loop over time: T, B, BS, W, H, K. */
export function loopSizes({ positions, filters, kernelSize }: OverWidth, T: number, B: number) {
  return [T, B, B, positions, filters, kernelSize] as const;
}

/** Sizes of a step: B, W, WX, C, H, K, stride, dilation, offset. */
export function stepSizes(config: OverWidth, B: number) {
  const { positions, width, channels, filters, kernelSize, strides, dilationRate, offset } = config;
  return [B, positions, width, channels, filters, kernelSize, strides, dilationRate, offset] as const;
}
