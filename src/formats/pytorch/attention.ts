import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { type Mapping, type MappingOf, transposed } from './mapping.js';

const PARTS = ['query', 'key', 'value'] as const;

/** Rows of several tensors under each other. */
function stacked(tensors: readonly Tensor[]): Tensor {
  const data = Float32Array.from(tensors.flatMap((tensor) => [...tensor.data]));
  const [first] = tensors;
  const rows = tensors.reduce((sum, { shape }) => sum + shape[0], 0);
  return { data, shape: [rows, ...first.shape.slice(1)] };
}

/** Equal blocks of rows of a tensor. */
function parted({ data, shape }: Tensor, count: number): Tensor[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => ({
    data: data.slice(i * size, (i + 1) * size),
    shape: [shape[0] / count, ...shape.slice(1)],
  }));
}

/** kernel [I, N, D] to weight [N·D, I]. */
const toWeight = ({ data, shape: [I, N, D] }: Tensor): Tensor => transposed({ data, shape: [I, N * D] });

/** weight [N·D, I] to kernel [I, N, D]. */
function toKernel(weight: Tensor, [I, N, D]: Shape): Tensor {
  return { data: transposed(weight).data, shape: [I, N, D] };
}

const flat = ({ data }: Tensor): Tensor => ({ data, shape: [data.length] });

interface AttentionShapes {
  readonly queryKernel: Shape;
  readonly keyKernel: Shape;
  readonly valueKernel: Shape;
  readonly outputKernel: Shape;
}

/** Why PyTorch has no such attention: its heads divide the width of the query, which the output has too. */
function refusal({ queryKernel, valueKernel, outputKernel }: AttentionShapes): string | undefined {
  const [I, N, D] = queryKernel;
  if (N * D !== I) {
    return `PyTorch's MultiheadAttention has heads that divide the width: numHeads ${N} times keyDim ${D} is not ${I}`;
  }
  if (valueKernel[2] !== D) {
    return `PyTorch's MultiheadAttention has values of the size of keys: valueDim ${valueKernel[2]} is not ${D}`;
  }
  return outputKernel[2] === I ? undefined : "PyTorch's MultiheadAttention gives the width of the query";
}

/**
 * queryKernel, keyKernel, valueKernel [I, N, D] here, `in_proj_weight` [3·E, E] there; `q_proj_weight` and the others
 * apart where keys or values have another width. outputKernel [N, D, E] is `out_proj.weight` [E, E] turned.
 */
export const multiHeadAttention: MappingOf = (_config, weights): Mapping | { readonly refuses: string } => {
  const shapes = weights as unknown as AttentionShapes;
  const refuses = refusal(shapes);
  if (refuses !== undefined) return { refuses };
  const [E] = shapes.queryKernel;
  const widths = PARTS.map((part) => shapes[`${part}Kernel`][0]);
  const isJoined = widths.every((width) => width === E);
  const biased = 'queryBias' in weights;
  const inner: Record<string, Shape> = isJoined
    ? { in_proj_weight: [3 * E, E] }
    : Object.fromEntries(PARTS.map((part, i) => [`${part[0]}_proj_weight`, [E, widths[i]]]));
  return {
    module: 'MultiheadAttention',
    entries: {
      ...inner,
      ...(biased ? { in_proj_bias: [3 * E] } : {}),
      'out_proj.weight': [E, E],
      ...(biased ? { 'out_proj.bias': [E] } : {}),
    },
    toLayer(given) {
      const parts = isJoined
        ? parted(given.in_proj_weight, 3)
        : PARTS.map((part) => given[`${part[0]}_proj_weight`]);
      const own: Record<string, Tensor> = {
        outputKernel: { data: transposed(given['out_proj.weight']).data, shape: shapes.outputKernel },
      };
      PARTS.forEach((part, i) => {
        own[`${part}Kernel`] = toKernel(parts[i], shapes[`${part}Kernel`]);
      });
      if (!biased) return own;
      const [, N, D] = shapes.queryKernel;
      parted(given.in_proj_bias, 3).forEach(({ data }, i) => {
        own[`${PARTS[i]}Bias`] = { data, shape: [N, D] };
      });
      return { ...own, outputBias: given['out_proj.bias'] };
    },
    fromLayer(own) {
      const parts = PARTS.map((part) => toWeight(own[`${part}Kernel`]));
      const given: Record<string, Tensor> = isJoined
        ? { in_proj_weight: stacked(parts) }
        : Object.fromEntries(PARTS.map((part, i) => [`${part[0]}_proj_weight`, parts[i]]));
      const { data } = own.outputKernel;
      const weight = transposed({ data, shape: [E, E] });
      if (!biased) return { ...given, 'out_proj.weight': weight };
      const in_proj_bias = stacked(PARTS.map((part) => flat(own[`${part}Bias`])));
      return { ...given, in_proj_bias, 'out_proj.weight': weight, 'out_proj.bias': own.outputBias };
    },
  };
};
