import type { ActivationName } from '../../../layers/activations.js';
import { reachOf, type Sliding } from '../../../layers/convolution/geometry.js';
import type { AttributeProto } from '../proto/messages.js';
import { attribute } from '../proto/write.js';
import { activated } from './activations.js';
import { asFunction, type Exporter, type LayerUse, refuse } from './use.js';

interface ConvConfig extends Sliding {
  readonly filters: number;
  readonly groups: number;
  readonly depthMultiplier: number;
  readonly useBias: boolean;
  readonly activation: ActivationName;
  readonly stateful?: boolean;
  readonly outputPadding?: number | null;
}

/** [batch, time, channels] as ONNX's [batch, channels, time], and back. */
const turned = ({ writer, name }: LayerUse, x: string): string => writer.transpose(x, [0, 2, 1], name);

/** Attributes of a window. With strides the zeros of 'same' depend on the length: ONNX counts them as Keras does. */
function windowAttributes(window: Sliding): AttributeProto[] {
  const { kernelSize, strides, dilationRate, padding } = window;
  const zeros = reachOf(window) - 1;
  const ends = padding === 'causal' ? [zeros, 0] : [zeros >> 1, zeros - (zeros >> 1)];
  return [
    attribute.ints('kernel_shape', [kernelSize]),
    attribute.ints('strides', [strides]),
    ...(dilationRate > 1 ? [attribute.ints('dilations', [dilationRate])] : []),
    ...(padding === 'same' && strides > 1 ? [attribute.text('auto_pad', 'SAME_UPPER')] : []),
    ...(padding === 'causal' || (padding === 'same' && strides === 1) ? [attribute.ints('pads', ends)] : []),
  ];
}

function checkStateless(use: LayerUse): void {
  if ((use.config as ConvConfig).stateful)
    refuse(use, 'stateful: what it carries from batch to batch is lost');
  if (use.ports !== null) refuse(use, 'its last steps are no state that goes in and out');
}

/** Writes Conv with a kernel [K, C/groups, filters] given by name. */
function writeConv(
  use: LayerUse,
  x: string,
  kernel: string,
  bias: string,
  groups: number,
  window: Sliding,
): string {
  const { writer, name } = use;
  const attributes = [...windowAttributes(window), ...(groups > 1 ? [attribute.int('group', groups)] : [])];
  const output = writer.fresh(name);
  writer.nodeOf('Conv', [turned(use, x), kernel, bias], { attributes, outputs: [output], name });
  return turned(use, output);
}

const conv1d: Exporter = (use) => {
  checkStateless(use);
  const config = use.config as ConvConfig;
  const { data, shape } = use.tensor('kernel');
  const [K, C, M] = shape;
  const rows = new Float32Array(data.length).map((_, i) => {
    const [m, c, k] = [Math.floor(i / (C * K)), Math.floor(i / K) % C, i % K];
    return data[(k * C + c) * M + m];
  });
  const kernel = use.writer.floats(`${use.name}.W`, { data: rows, shape: [M, C, K] });
  const bias = config.useBias ? use.weight('bias') : '';
  return [
    activated(use, config.activation, writeConv(use, use.inputs[0], kernel, bias, config.groups, config)),
  ];
};

/** Taps [K, C, M] as [C·M, 1, K], by operators: the body of a function has no numbers of its own. */
function depthwiseTaps(use: LayerUse, weight: string): string {
  const kernel = use.writer.transpose(use.weight(weight), [1, 2, 0], weight);
  const [K, C, M] = use.tensor(weight).shape;
  return use.writer.reshape(kernel, [C * M, 1, K], weight);
}

const depthwise = asFunction((use) => {
  checkStateless(use);
  const config = use.config as ConvConfig;
  const C = use.inputShapes[0][1] as number;
  const bias = config.useBias ? use.weight('bias') : '';
  const y = writeConv(use, use.inputs[0], depthwiseTaps(use, 'kernel'), bias, C, config);
  return [activated(use, config.activation, y)];
});

const separable = asFunction((use) => {
  checkStateless(use);
  const { writer } = use;
  const config = use.config as ConvConfig;
  const C = use.inputShapes[0][1] as number;
  const between = writeConv(use, use.inputs[0], depthwiseTaps(use, 'depthwiseKernel'), '', C, config);
  const matrix = writer.squeeze(use.weight('pointwiseKernel'), 0, 'pointwise');
  const product = writer.apply('MatMul', [between, matrix], 'product');
  const sum = config.useBias ? writer.apply('Add', [product, use.weight('bias')], 'sum') : product;
  return [activated(use, config.activation, sum)];
});

const transposed = asFunction((use) => {
  const { writer, name } = use;
  const config = use.config as ConvConfig;
  const { strides, kernelSize, padding, outputPadding = null } = config;
  const reach = reachOf(config);
  // What is given out beyond (T − 1) · strides steps, and how the rest is cut off: Keras's rules.
  const own = outputPadding === null ? strides : (reach % 2) + outputPadding;
  const length =
    padding === 'same' ? own : outputPadding === null ? Math.max(reach, strides) : reach + outputPadding;
  const before = padding === 'same' ? Math.max(0, Math.floor((reach - length) / 2)) : 0;
  const after = reach - before - length;
  const attributes = [
    attribute.ints('kernel_shape', [kernelSize]),
    attribute.ints('strides', [strides]),
    attribute.ints('dilations', [config.dilationRate]),
    attribute.ints('pads', [before, Math.max(0, after)]),
    attribute.ints('output_padding', [Math.max(0, -after)]),
  ];
  const kernel = writer.transpose(use.weight('kernel'), [2, 1, 0], 'kernel');
  const output = writer.fresh(name);
  const bias = config.useBias ? use.weight('bias') : '';
  writer.nodeOf('ConvTranspose', [turned(use, use.inputs[0]), kernel, bias], {
    attributes,
    outputs: [output],
    name,
  });
  return [activated(use, config.activation, turned(use, output))];
});

function pooling(op: string): Exporter {
  return (use) => {
    const { writer, name, inputs } = use;
    const { poolSize, strides, padding } = use.config as {
      poolSize: number;
      strides: number;
      padding: 'valid' | 'same';
    };
    const attributes = [
      attribute.ints('kernel_shape', [poolSize]),
      attribute.ints('strides', [strides]),
      ...(padding === 'same' ? [attribute.text('auto_pad', 'SAME_UPPER')] : []),
    ];
    const y = writer.fresh(name);
    writer.nodeOf(op, [turned(use, inputs[0])], { attributes, outputs: [y], name });
    return [turned(use, y)];
  };
}

function overall(op: string): Exporter {
  return (use) => {
    const { writer, name, inputs } = use;
    const y = writer.fresh(name);
    writer.nodeOf(op, [turned(use, inputs[0])], { outputs: [y], name });
    if ((use.config as { keepdims: boolean }).keepdims) return [turned(use, y)];
    return [writer.squeeze(y, 2, name)];
  };
}

/** Convolutions and pooling over time. */
export const CONVOLUTION_EXPORTERS: Readonly<Record<string, Exporter>> = {
  conv1d,
  depthwiseConv1d: depthwise,
  separableConv1d: separable,
  conv1dTranspose: transposed,
  maxPooling1d: pooling('MaxPool'),
  averagePooling1d: pooling('AveragePool'),
  globalMaxPooling1d: overall('GlobalMaxPool'),
  globalAveragePooling1d: overall('GlobalAveragePool'),
};
