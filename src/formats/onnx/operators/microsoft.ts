import { dense } from '../../../layers/dense.js';
import type { Layer } from '../../../layers/layer.js';
import { layerNormalization, rmsNormalization } from '../../../layers/normalization/index.js';
import type { Tensor } from '../../../tensor.js';
import { arrange } from '../arrange.js';
import type { NodeUse, Operator, Outputs } from '../node.js';
import { BATCH, type Constant, dimOf, type Flow } from '../values.js';
import { activated } from './activations.js';
import { attend } from './attend.js';
import { sequenceFlow, withHeads, withoutHeads } from './attention.js';
import { ofFlows, withConstant } from './broadcast.js';
import { along } from './rows.js';

/** A value and a constant that is added to it; the value where there is none. */
function biased(node: NodeUse, x: Flow, index: number): Flow {
  const bias = node.optionalConstant(index, 'the bias');
  return bias === null ? x : withConstant(node, 'add', x, bias, false);
}

const vector = ({ data }: Constant): Tensor => ({ data: Float32Array.from(data), shape: [data.length] });

/** Normalises x + skip (+ bias), and gives that sum too. */
function skip(centred: boolean): Operator {
  return (node): Outputs => {
    if (node.reads(1) || node.reads(2)) node.refuse('its mean and deviation are read');
    const sum = biased(node, ofFlows(node, 'add', node.flow(0), node.flow(1)), centred ? 4 : 3);
    const { x, size, result } = along(node, sum, -1, false);
    const gamma = vector(node.constant(2, 'gamma'));
    const beta = centred ? node.optionalConstant(3, 'beta') : null;
    if (gamma.data.length !== size || (beta !== null && beta.data.length !== size)) {
      node.refuse(`gamma has ${gamma.data.length} numbers, expected ${size}`);
    }
    const epsilon = node.float('epsilon', 1e-5);
    const make = (name: string): Layer =>
      centred
        ? layerNormalization({ epsilon, center: beta !== null, name })
        : rmsNormalization({ epsilon, name });
    const weights: Record<string, Tensor> = centred ? { gamma } : { scale: gamma };
    if (beta !== null) weights.beta = vector(beta);
    const type = centred ? 'layerNormalization' : 'rmsNormalization';
    const y = result(node.builder.layer(type, node.proto, make, weights).apply(x));
    return [y, undefined, undefined, node.reads(3) ? sum : undefined];
  };
}

/** What none of these take here. */
function refuseInputs(node: NodeUse, from: number): void {
  const other = node.inputs.findIndex((value, i) => i >= from && value !== null);
  if (other >= 0) node.refuse(`its input ${other} is not imported`);
  if (node.reads(1)) node.refuse('its keys and values of the past are not imported');
}

const sightOf = (node: NodeUse, D: number) => ({
  scale: node.float('scale', 0) || 1 / Math.sqrt(D),
  seen: node.int('unidirectional', 0) === 0 ? null : ({ kind: 'causal' } as const),
  rate: 0,
});

/** Queries, keys and values in one product, [I, 3·E], in front of attention. */
const attention: Operator = (node) => {
  refuseInputs(node, 3);
  const [x, W, B] = [node.flow(0), node.constant(1, 'weights'), node.optionalConstant(2, 'bias')];
  const N = node.int('num_heads', 0);
  const [I, all] = W.shape;
  const sizes = node.ints('qkv_hidden_sizes') ?? [all / 3, all / 3, all / 3];
  const fits = x.axes.length === 3 && x.axes[0] === BATCH && W.shape.length === 2 && dimOf(x, 2) === I;
  if (
    !fits ||
    sizes.length !== 3 ||
    sizes[0] + sizes[1] + sizes[2] !== all ||
    node.int('do_rotary', 0) !== 0
  ) {
    return node.refuse('its weights are not those of queries, keys and values of its input');
  }
  const source = arrange(node.where, node.builder, x, [[1], [2]]);
  let from = 0;
  const [q, k, v] = sizes.map((size, part) => {
    const start = from;
    from += size;
    const kernel = new Float32Array(I * size);
    for (let i = 0; i < I; i++) {
      for (let j = 0; j < size; j++) kernel[i * size + j] = W.data[i * all + start + j];
    }
    const weights: Record<string, Tensor> = { kernel: { data: kernel, shape: [I, size] } };
    if (B !== null) weights.bias = { data: Float32Array.from(B.data.subarray(start, from)), shape: [size] };
    const make = (name: string): Layer =>
      dense({ units: size, useBias: B !== null, kernelInitializer: 'zeros', name });
    const tensor = node.builder.layer(`dense${part}`, node.proto, make, weights).apply(source);
    return withHeads(node, sequenceFlow(tensor), N, 'its product');
  });
  return [withoutHeads(attend(node, q, k, v, sightOf(node, dimOf(q, 3) as number)))];
};

/** Attention of queries, keys and values that are there, [batch, T, N·D]. */
const multiHead: Operator = (node) => {
  refuseInputs(node, 4);
  const N = node.int('num_heads', 0);
  const bias = node.optionalConstant(3, 'bias');
  let from = 0;
  const [q, k, v] = [0, 1, 2].map((index) => {
    const flow = node.flow(index);
    const size = dimOf(flow, flow.axes.length - 1);
    if (flow.axes.length !== 3 || typeof size !== 'number')
      return node.refuse(`its input ${index} has no three axes`);
    const start = from;
    from += size;
    const own = bias && { ...bias, data: bias.data.slice(start, from), shape: [size] };
    return withHeads(
      node,
      own === null ? flow : withConstant(node, 'add', flow, own, false),
      N,
      `input ${index}`,
    );
  });
  if (bias !== null && bias.data.length !== from)
    node.refuse(`bias has ${bias.data.length} numbers, expected ${from}`);
  return [withoutHeads(attend(node, q, k, v, sightOf(node, dimOf(q, 3) as number)))];
};

/** Operators of com.microsoft that are other than ONNX's of the same name, or that ONNX has not. */
export const MICROSOFT_OPERATORS: Readonly<Record<string, Operator>> = {
  Attention: attention,
  MultiHeadAttention: multiHead,
  SkipLayerNormalization: skip(true),
  SkipSimplifiedLayerNormalization: skip(false),
  BiasGelu: (node) => [activated(node, biased(node, node.flow(0), 1), 'gelu')],
};
