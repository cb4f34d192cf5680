import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { type Mapping, type MappingOf, permuted } from './mapping.js';

/** A convolution's module: the shape of its weight there, and how the kernel is turned. */
interface Turned {
  readonly module: string;
  readonly weight: Shape;
  readonly bias: Shape | undefined;
  toKernel(weight: Tensor): Tensor;
  toWeight(kernel: Tensor): Tensor;
}

function convolution({ module, weight, bias, toKernel, toWeight }: Turned): Mapping {
  const biased = bias !== undefined;
  return {
    module,
    entries: { weight, ...(biased ? { bias } : {}) },
    toLayer: (given) => ({ kernel: toKernel(given.weight), ...(biased ? { bias: given.bias } : {}) }),
    fromLayer: (own) => ({ weight: toWeight(own.kernel), ...(biased ? { bias: own.bias } : {}) }),
  };
}

const reversed = (kernel: Tensor): Tensor => permuted(kernel, [2, 1, 0]);

/** kernel [K, C/groups, F] here, weight [F, C/groups, K] there. */
const conv1d: MappingOf = (_config, { kernel: [K, C, F], bias }) =>
  convolution({ module: 'Conv1d', weight: [F, C, K], bias, toKernel: reversed, toWeight: reversed });

/** kernel [K, O, I] here, weight [I, O, K] there. */
const conv1dTranspose: MappingOf = (_config, { kernel: [K, O, I], bias }) =>
  convolution({ module: 'ConvTranspose1d', weight: [I, O, K], bias, toKernel: reversed, toWeight: reversed });

/** kernel [K, C, M] here, weight [C·M, 1, K] of a Conv1d with as many groups as channels there. */
const depthwiseConv1d: MappingOf = (_config, { kernel: [K, C, M], bias }) =>
  convolution({
    module: 'Conv1d',
    weight: [C * M, 1, K],
    bias,
    toKernel: ({ data }) => permuted({ data, shape: [C, M, K] }, [2, 0, 1]),
    toWeight: (kernel) => ({ data: permuted(kernel, [1, 2, 0]).data, shape: [C * M, 1, K] }),
  });

/** Convolutions by type. */
export const CONVOLUTION_MAPPINGS: Readonly<Record<string, MappingOf>> = {
  conv1d,
  conv1dTranspose,
  depthwiseConv1d,
};
