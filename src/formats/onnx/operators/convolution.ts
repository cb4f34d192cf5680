import {
  averagePooling1d,
  conv1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  maxPooling1d,
} from '../../../layers/convolution/index.js';
import type { Layer } from '../../../layers/layer.js';
import { batchNormalization } from '../../../layers/normalization/index.js';
import { zeroPadding1d } from '../../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { formatShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import { arrange } from '../arrange.js';
import type { NodeUse, Operator } from '../node.js';
import { type Axis, BATCH, dimsOf, type Flow, flowOf, formatDims } from '../values.js';

/** ONNX's [batch, channels, time] of a tensor of ours, [batch, time, channels]. */
const CHANNELS_FIRST: readonly Axis[] = [BATCH, [1], [0]];

/** The values as [batch, time, channels]. */
function sequence(node: NodeUse, flow: Flow): SymbolicTensor {
  if (node.builder.hasLengths) node.refuse('works along the time of sequences that have lengths');
  if (flow.axes.length !== 3 || flow.axes[0] !== BATCH) {
    node.refuse(`its input is ${formatDims(dimsOf(flow))}, expected [batch, channels, time]`);
  }
  return arrange(node.where, node.builder, flow, [[2], [1]]);
}

interface Window {
  readonly size: number;
  readonly strides: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** How a window of one axis moves. */
function windowOf(node: NodeUse, size: number): Window {
  const first = (name: string, otherwise: number): number => node.ints(name)?.[0] ?? otherwise;
  if (!['NOTSET', 'VALID'].includes(node.text('auto_pad', 'NOTSET'))) node.refuse('auto_pad is not imported');
  const given = node.ints('kernel_shape');
  if (given !== undefined && (given.length !== 1 || given[0] !== size)) {
    node.refuse(`kernel_shape is ${formatShape(given)}, expected ${formatShape([size])}`);
  }
  const [before = 0, after = 0] = node.ints('pads') ?? [];
  return { size, strides: first('strides', 1), dilation: first('dilations', 1), before, after };
}

const conv: Operator = (node) => {
  const flow = node.flow(0);
  const W = node.constant(1, 'W');
  const bias = node.optionalConstant(2, 'B');
  if (W.shape.length !== 3 || W.data.length === 0) {
    return node.refuse(`W has shape ${formatShape(W.shape)}; convolutions along one axis are imported`);
  }
  let x = sequence(node, flow);
  const [M, C, K] = W.shape;
  const { strides, dilation, before, after } = windowOf(node, K);
  const causal = strides === 1 && after === 0 && before === dilation * (K - 1);
  if (!causal && before + after > 0) {
    const padding = [before, after] as const;
    x = node.builder.layer('zeroPadding1d', null, (name) => zeroPadding1d({ padding, name })).apply(x);
  }
  const kernel = new Float32Array(K * C * M);
  for (let m = 0; m < M; m++) {
    for (let c = 0; c < C; c++) {
      for (let k = 0; k < K; k++) kernel[(k * C + c) * M + m] = W.data[(m * C + c) * K + k];
    }
  }
  const weights: Record<string, Tensor> = { kernel: { data: kernel, shape: [K, C, M] } };
  if (bias !== null) weights.bias = { data: Float32Array.from(bias.data), shape: bias.shape };
  const options = {
    filters: M,
    kernelSize: K,
    strides,
    dilationRate: dilation,
    groups: node.int('group', 1),
    padding: causal ? 'causal' : 'valid',
    useBias: bias !== null,
    kernelInitializer: 'zeros',
  } as const;
  const layer = node.builder.layer('conv1d', node.proto, (name) => conv1d({ ...options, name }), weights);
  return [flowOf(layer.apply(x), CHANNELS_FIRST)];
};

const normalization: Operator = (node) => {
  const flow = node.flow(0);
  const flat = flow.axes.length === 2 && flow.axes[0] === BATCH;
  const x = flat ? arrange(node.where, node.builder, flow, [[1]]) : sequence(node, flow);
  if (node.int('training_mode', 0) !== 0) node.refuse('training_mode is not imported');
  const names = ['gamma', 'beta', 'movingMean', 'movingVariance'];
  const weights = Object.fromEntries(
    names.map((name, i) => {
      const { data, shape } = node.constant(1 + i, name);
      return [name, { data: Float32Array.from(data), shape }];
    }),
  );
  const options = { epsilon: node.float('epsilon', 1e-5), momentum: node.float('momentum', 0.9) };
  const make = (name: string): Layer => batchNormalization({ ...options, name });
  const tensor = node.builder.layer('batchNormalization', node.proto, make, weights).apply(x);
  return [flowOf(tensor, flat ? [BATCH, [0]] : CHANNELS_FIRST)];
};

function pooling(type: string, layer: typeof maxPooling1d): Operator {
  return (node) => {
    const x = sequence(node, node.flow(0));
    const [poolSize = 0] = node.ints('kernel_shape') ?? [];
    const { strides, dilation, before, after } = windowOf(node, poolSize);
    if (before + after > 0 || dilation !== 1 || node.int('ceil_mode', 0) !== 0) {
      node.refuse('pads, dilations and ceil_mode of pooling are not imported');
    }
    const make = (name: string): Layer => layer({ poolSize, strides, name });
    return [flowOf(node.builder.layer(type, node.proto, make).apply(x), CHANNELS_FIRST)];
  };
}

function overall(type: string, layer: typeof globalMaxPooling1d): Operator {
  return (node) => {
    const x = sequence(node, node.flow(0));
    const tensor = node.builder.layer(type, node.proto, (name) => layer({ name })).apply(x);
    return [flowOf(tensor, [BATCH, [0], []])];
  };
}

/** PyTorch puts a padding of nothing in front of its pooling. */
const pad: Operator = (node) => {
  const pads = node.ints('pads') ?? node.dims(1, 'pads');
  if (pads.some((size) => size !== 0)) node.refuse('only a padding of nothing is imported');
  return [node.input(0)];
};

/** Operators along the time of [batch, channels, time]. */
export const CONVOLUTION_OPERATORS: Readonly<Record<string, Operator>> = {
  Conv: conv,
  BatchNormalization: normalization,
  Pad: pad,
  MaxPool: pooling('maxPooling1d', maxPooling1d),
  AveragePool: pooling('averagePooling1d', averagePooling1d),
  GlobalMaxPool: overall('globalMaxPooling1d', globalMaxPooling1d),
  GlobalAveragePool: overall('globalAveragePooling1d', globalAveragePooling1d),
};
