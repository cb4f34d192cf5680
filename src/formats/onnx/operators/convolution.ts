import {
  averagePooling1d,
  conv1d,
  globalAveragePooling1d,
  globalMaxPooling1d,
  maxPooling1d,
} from '../../../layers/convolution/index.js';
import type { Layer } from '../../../layers/layer.js';
import { zeroPadding1d } from '../../../layers/shaping/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import { formatShape } from '../../../shape.js';
import type { Tensor } from '../../../tensor.js';
import { writeColumns } from '../../file-floats.js';
import { lazyTensor } from '../../weights.js';
import { arrange } from '../arrange.js';
import { floatsOf } from '../constants.js';
import type { NodeUse, Operator } from '../node.js';
import { type Axis, axisIn, BATCH, dimOf, dimsOf, type Flow, flowOf, formatDims } from '../values.js';

/** ONNX's [batch, channels, time] of a tensor of ours, [batch, time, channels]. */
export const CHANNELS_FIRST: readonly Axis[] = [BATCH, [1], [0]];

/** The values as [batch, time, channels]. */
export function sequence(node: NodeUse, flow: Flow): SymbolicTensor {
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
  /** Zeros as Keras counts them for 'same': SAME_UPPER. */
  readonly same: boolean;
}

/** How a window of one axis moves. */
function windowOf(node: NodeUse, size: number): Window {
  const first = (name: string, otherwise: number): number => node.ints(name)?.[0] ?? otherwise;
  const auto = node.text('auto_pad', 'NOTSET');
  const dilation = first('dilations', 1);
  const strides = first('strides', 1);
  const given = node.ints('kernel_shape');
  if (given !== undefined && (given.length !== 1 || given[0] !== size)) {
    node.refuse(`kernel_shape is ${formatShape(given)}, expected ${formatShape([size])}`);
  }
  if (auto === 'SAME_UPPER') return { size, strides, dilation, before: 0, after: 0, same: true };
  if (auto === 'SAME_LOWER') {
    if (strides !== 1) node.refuse('auto_pad SAME_LOWER with strides is not imported');
    const zeros = dilation * (size - 1);
    return { size, strides, dilation, before: zeros - (zeros >> 1), after: zeros >> 1, same: false };
  }
  if (auto !== 'NOTSET' && auto !== 'VALID') node.refuse(`auto_pad is '${auto}'`);
  const [before = 0, after = 0] = auto === 'VALID' ? [] : (node.ints('pads') ?? []);
  if (before < 0 || after < 0) node.refuse(`pads are ${before} and ${after}`);
  return { size, strides, dilation, before, after, same: false };
}

const conv: Operator = (node) => {
  const flow = node.flow(0);
  const W = node.constant(1, 'W');
  const bias = node.optionalConstant(2, 'B');
  if (W.shape.length !== 3 || W.shape.includes(0)) {
    return node.refuse(`W has shape ${formatShape(W.shape)}; convolutions along one axis are imported`);
  }
  let x = sequence(node, flow);
  const [M, C, K] = W.shape;
  const { strides, dilation, before, after, same } = windowOf(node, K);
  const zeros = dilation * (K - 1);
  const causal = strides === 1 && after === 0 && before === zeros;
  const even = strides === 1 && before === zeros >> 1 && after === zeros - before;
  if (!causal && !even && before + after > 0) {
    const padding = [before, after] as const;
    x = node.builder.layer('zeroPadding1d', null, (name) => zeroPadding1d({ padding, name })).apply(x);
  }
  const rows = floatsOf(W); // [M, C, K]
  const kernel = lazyTensor([K, C, M], (data) => {
    const turned = new Float32Array(C * K * M); // [C, K, M]
    writeColumns(rows, [M, C * K], 1, { data: turned, at: 0, N: M });
    for (let c = 0; c < C; c++) {
      for (let k = 0; k < K; k++) {
        data.set(turned.subarray((c * K + k) * M, (c * K + k + 1) * M), (k * C + c) * M);
      }
    }
  });
  const weights: Record<string, Tensor> = { kernel };
  if (bias !== null) weights.bias = { data: Float32Array.from(bias.data), shape: bias.shape };
  const options = {
    filters: M,
    kernelSize: K,
    strides,
    dilationRate: dilation,
    groups: node.int('group', 1),
    padding: same || (even && zeros > 0) ? 'same' : causal && before > 0 ? 'causal' : 'valid',
    useBias: bias !== null,
    kernelInitializer: 'zeros',
  } as const;
  const layer = node.builder.layer('conv1d', node.proto, (name) => conv1d({ ...options, name }), weights);
  return [flowOf(layer.apply(x), CHANNELS_FIRST)];
};

/** Pools over windows; zeros beside a sequence count for an average only where ONNX counts them. */
function pooling(type: string, layer: typeof maxPooling1d, counts: boolean): Operator {
  return (node) => {
    let x = sequence(node, node.flow(0));
    const [poolSize = 0] = node.ints('kernel_shape') ?? [];
    const { strides, dilation, before, after, same } = windowOf(node, poolSize);
    if (dilation !== 1 || node.int('ceil_mode', 0) !== 0 || node.reads(1)) {
      node.refuse('dilations, ceil_mode and places of pooling are not imported');
    }
    const asSame = strides === 1 && before === (poolSize - 1) >> 1 && after === poolSize - 1 - before;
    const counted = counts && node.int('count_include_pad', 0) !== 0;
    if (counted && before + after > 0) {
      const padding = [before, after] as const;
      x = node.builder.layer('zeroPadding1d', null, (name) => zeroPadding1d({ padding, name })).apply(x);
    } else if (before + after > 0 && !asSame)
      node.refuse(`pads ${before} and ${after} of pooling are not imported`);
    const padding = same || (!counted && before + after > 0) ? 'same' : 'valid';
    const make = (name: string): Layer => layer({ poolSize, strides, padding, name });
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

/** Zeros at the ends of the axis that our tensor has first; PyTorch puts a padding of nothing before its pooling. */
const pad: Operator = (node) => {
  const pads = node.ints('pads') ?? node.dims(1, 'pads').map(Number);
  const flow = node.flow(0);
  const rank = flow.axes.length;
  const listed = node.inputs[3] ? [...node.constant(3, 'axes').data] : flow.axes.map((_, axis) => axis);
  const value = node.inputs[2] ? node.constant(2, 'the value').data[0] : node.float('value', 0);
  const ends = listed.map((axis, i) => [axisIn(rank, axis), pads[i], pads[i + listed.length]] as const);
  const some = ends.filter(([, before, after]) => before !== 0 || after !== 0);
  if (some.length === 0) return [flow];
  const [[axis, before, after]] = some;
  if (some.length > 1 || node.text('mode', 'constant') !== 'constant' || value !== 0) {
    return node.refuse('only zeros at the ends of one axis are imported');
  }
  if (!(before >= 0 && after >= 0) || axis < 0 || flow.axes[axis] === BATCH) node.refuse(`pads are ${pads}`);
  const others = flow.axes.flatMap((of, i) => (of === BATCH || i === axis ? [] : [i]));
  if (node.builder.hasLengths) node.refuse('pads sequences that have lengths');
  const x = arrange(node.where, node.builder, flow, [[axis], others]);
  const padding = [before, after] as const;
  const make = (name: string): Layer => zeroPadding1d({ padding, name });
  const tensor = node.builder.layer('zeroPadding1d', node.proto, make).apply(x);
  const sizes = others.map((i) => dimOf(flow, i) as number);
  const axes = flow.axes.map((of, i): Axis => {
    if (of === BATCH) return BATCH;
    return i === axis ? [0] : [1 + others.indexOf(i)];
  });
  return [{ kind: 'flow', tensor, factors: [[tensor.shape[0]], sizes.length === 0 ? [1] : sizes], axes }];
};

/** Operators along the time of [batch, channels, time]. */
export const CONVOLUTION_OPERATORS: Readonly<Record<string, Operator>> = {
  Conv: conv,
  Pad: pad,
  MaxPool: pooling('maxPooling1d', maxPooling1d, false),
  AveragePool: pooling('averagePooling1d', averagePooling1d, true),
  GlobalMaxPool: overall('globalMaxPooling1d', globalMaxPooling1d),
  GlobalAveragePool: overall('globalAveragePooling1d', globalAveragePooling1d),
};
