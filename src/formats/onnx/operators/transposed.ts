import { conv1dTranspose } from '../../../layers/convolution/index.js';
import type { Layer } from '../../../layers/layer.js';
import { concatenate } from '../../../layers/merge/index.js';
import { cropping1d, slice } from '../../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { formatShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import type { NodeUse, Operator } from '../node.js';
import { type Constant, flowOf } from '../values.js';
import { CHANNELS_FIRST, sequence } from './convolution.js';

/** What is cut off the whole result at its two ends. */
function pads(
  node: NodeUse,
  time: number | null,
  strides: number,
  reach: number,
  extra: number,
): readonly [number, number] {
  const auto = node.text('auto_pad', 'NOTSET');
  const wanted = node.ints('output_shape');
  if (wanted === undefined && (auto === 'NOTSET' || auto === 'VALID')) {
    const [before = 0, after = 0] = auto === 'VALID' ? [] : (node.ints('pads') ?? []);
    return [before, after];
  }
  if (wanted !== undefined && time === null) return node.refuse('output_shape of a sequence of open length');
  const length = wanted === undefined ? 0 : wanted[wanted.length - 1] - strides * ((time as number) - 1);
  const total = reach + extra - (wanted === undefined ? strides : length);
  const half = total >> 1;
  return auto === 'SAME_UPPER' ? [half, total - half] : [total - half, half];
}

/** The kernel [K, M, C] of some channels of W [C, M, K]. */
function kernelOf({ data, shape }: Constant, from: number, C: number): Tensor {
  const [, M, K] = shape;
  const kernel = new Float32Array(K * M * C);
  for (let c = 0; c < C; c++) {
    for (let m = 0; m < M; m++) {
      for (let k = 0; k < K; k++) kernel[(k * M + m) * C + c] = data[((from + c) * M + m) * K + k];
    }
  }
  return { data: kernel, shape: [K, M, C] };
}

/** The way back of a convolution: [batch, channels, time] there, [batch, time, channels] here. */
const transposed: Operator = (node) => {
  const W = node.constant(1, 'W');
  const bias = node.optionalConstant(2, 'B');
  if (W.shape.length !== 3 || W.data.length === 0) {
    return node.refuse(`W has shape ${formatShape(W.shape)}; convolutions along one axis are imported`);
  }
  const x = sequence(node, node.flow(0));
  const [channels, M, K] = W.shape;
  const first = (name: string, otherwise: number): number => node.ints(name)?.[0] ?? otherwise;
  const [strides, dilation, extra] = [first('strides', 1), first('dilations', 1), first('output_padding', 0)];
  const groups = node.int('group', 1);
  const [before, after] = pads(node, x.shape[0], strides, dilation * (K - 1) + 1, extra);
  if (x.shape[1] !== channels) node.refuse(`W is of ${channels} channels, the input has ${x.shape[1]}`);
  if (!(groups >= 1) || channels % groups !== 0) node.refuse(`group is ${groups} for ${channels} channels`);
  if (before < 0 || after < 0) node.refuse(`pads are ${before} and ${after}`);
  if (extra < 0 || (extra > 0 && extra >= strides))
    node.refuse(`output_padding is ${extra} for strides ${strides}`);
  if (bias !== null && bias.data.length !== M * groups) node.refuse(`B has ${bias.data.length} numbers`);
  const C = channels / groups;
  const part = (group: number): SymbolicTensor => {
    const own =
      groups === 1
        ? x
        : node.builder.layer('slice', null, (name) => slice({ start: group * C, size: C, name })).apply(x);
    const weights: Record<string, Tensor> = { kernel: kernelOf(W, group * C, C) };
    if (bias !== null)
      weights.bias = { data: Float32Array.from(bias.data.subarray(group * M, (group + 1) * M)), shape: [M] };
    const options = {
      filters: M,
      kernelSize: K,
      strides,
      dilationRate: dilation,
      outputPadding: extra,
    } as const;
    const make = (name: string): Layer =>
      conv1dTranspose({ ...options, useBias: bias !== null, kernelInitializer: 'zeros', name });
    const type = groups === 1 ? 'conv1dTranspose' : `conv1dTranspose${group}`;
    return node.builder.layer(type, node.proto, make, weights).apply(own);
  };
  const parts = Array.from({ length: groups }, (_, group) => part(group));
  let y =
    parts.length === 1
      ? parts[0]
      : node.builder.layer('concatenate', null, (name) => concatenate({ name })).apply(parts);
  if (before + after > 0) {
    const cropping = [before, after] as const;
    y = node.builder.layer('cropping1d', null, (name) => cropping1d({ cropping, name })).apply(y);
  }
  return [flowOf(y, CHANNELS_FIRST)];
};

/** Transposed convolutions. */
export const TRANSPOSED_OPERATORS: Readonly<Record<string, Operator>> = { ConvTranspose: transposed };
