import type { Ref } from '../../program/region.js';
import { at, type Region } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import { recordActivation, recordActivationGradient } from '../activation-calls.js';
import { activationNeedsInput } from '../activations.js';
import type { BackwardBinding, Binding } from '../layer.js';
import type { OutputConfig } from './options.js';

/** The numbers of a convolution as the kernels take them (assembly/layers/conv1d.ts). */
export interface Taps {
  /** Steps out and in. */
  readonly T: number;
  readonly TX: number;
  readonly B: number;
  readonly groups: number;
  /** Channels of a group, in and out. */
  readonly CG: number;
  readonly OG: number;
  readonly K: number;
  readonly stride: number;
  readonly dilation: number;
  /** Step of the input under the first tap at step 0 of the output. */
  readonly offset: number;
}

const numbers = ({ T, TX, B, groups, CG, OG, K, stride, dilation, offset }: Taps) =>
  [T, TX, B, groups, CG, OG, K, stride, dilation, offset] as const;

/** Taps that are matrices [rows, columns] somewhere in a weight; see conv1d_pack. */
interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly tap: number;
  readonly group: number;
  readonly ldk: number;
  readonly ldn: number;
}

function packed(k: Binding, name: string, weights: Ref, { K, groups }: Taps, layout: Layout): Region {
  const { rows, columns, tap, group, ldk, ldn } = layout;
  const floats = K * groups * Math.ceil(columns / 8) * 8 * rows;
  return k.prepared(name, floats, (emit, place) => {
    emit(kernels.conv1d_pack, place, weights, K, groups, rows, columns, tap, group, ldk, ldn);
  });
}

/** A kernel [K, C/groups, O], packed for products of x. */
export function packedTaps(k: Binding, name: string, taps: Taps): Region {
  const { groups, CG, OG } = taps;
  const O = groups * OG;
  const layout = { rows: CG, columns: OG, tap: CG * O, group: OG, ldk: O, ldn: 1 };
  return packed(k, `${name}Packed`, k.parameter(name), taps, layout);
}

/** The same kernel, packed for products of the output's gradient with the transposed taps. */
export function packedTransposes(k: Binding, name: string, taps: Taps): Region {
  const { groups, CG, OG } = taps;
  const O = groups * OG;
  const layout = { rows: OG, columns: CG, tap: CG * O, group: OG, ldk: 1, ldn: O };
  return packed(k, `${name}Transposed`, k.parameter(name), taps, layout);
}

/** Records y = bias + Σ x·W over windows. */
export function recordTaps(k: Binding, y: Ref, x: Ref, weights: Region, bias: Ref | null, taps: Taps): void {
  k.emit(kernels.conv1d_forward, y, x, weights, bias, ...numbers(taps));
}

/**
 * Records the transpose of {@link recordTaps}: `taps` are its numbers, `weights` the transposed taps, y what has
 * its input's shape and x what has its output's.
 */
export function recordTransposed(
  k: Binding,
  y: Ref,
  x: Ref,
  weights: Region,
  bias: Ref | null,
  taps: Taps,
): void {
  const { T, TX, B, groups, CG, OG, K, stride, dilation, offset } = taps;
  const turned = { T: TX, TX: T, B, groups, CG: OG, OG: CG, K };
  if (stride > 1) {
    k.emit(
      kernels.conv1d_transpose,
      y,
      x,
      weights,
      bias,
      ...numbers({ ...turned, stride, dilation, offset }),
    );
  } else {
    recordTaps(k, y, x, weights, bias, { ...turned, stride, dilation: -dilation, offset: -offset });
  }
}

/** Records dW += xᵀ·dy of every tap; nothing for a frozen weight. */
export function recordTapGradients(k: BackwardBinding, name: string, x: Ref, dy: Ref, taps: Taps): void {
  const dw = k.gradient(name);
  if (dw === null) return;
  const { T, TX, B, groups, CG, OG, K, stride, dilation, offset } = taps;
  const scratch = k.buffer('gemmScratch', gemmTnScratch(CG, OG));
  const widths = [groups, CG, OG, groups * CG, groups * OG] as const;
  k.emit(kernels.conv1d_weights, dw, x, dy, scratch, T, TX, B, ...widths, K, stride, dilation, offset);
}

/** Where the sum before the activation goes: the output itself, unless backward needs both. */
export function sumPlace({ activation }: OutputConfig, k: Binding, floats: number): Ref {
  return activationNeedsInput(activation) ? at(k.buffer('preActivation', floats)) : k.output();
}

/** Records y = act(z) for rows of O channels. */
export function recordOutput(config: OutputConfig, k: Binding, z: Ref, R: number, O: number): void {
  recordActivation(config.activation, k, k.output(), z, R, O);
}

/** Records dz, and the bias's gradient. */
export function recordOutputGradient(config: OutputConfig, k: BackwardBinding, R: number, O: number): Ref {
  const z = sumPlace(config, k, R * O);
  const dy = k.outputGradient() as Ref;
  const dz = recordActivationGradient(config.activation, k, dy, k.output(), z, R, O);
  const dBias = config.useBias ? k.gradient('bias') : null;
  if (dBias !== null) k.emit(kernels.colsum, dBias, dz, R, O, O);
  return dz;
}
