import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { blocksInOrder, type Mapping, type MappingOf, type Tensors, transposed } from './mapping.js';

interface RecurrentConfigPart {
  readonly form?: string;
  readonly updateGate?: string;
  readonly goBackwards?: boolean;
  readonly peephole?: boolean;
  readonly coupled?: boolean;
  readonly cellClip?: number | null;
  readonly layerNormalization?: boolean;
}

/** What PyTorch's LSTM and GRU do not have; a projection it has. */
const OURS = ['peephole', 'coupled', 'cellClip', 'layerNormalization'] as const;

function refusedVariant(module: string, config: RecurrentConfigPart): string | undefined {
  const variant = OURS.find((name) => (config[name] ?? false) !== false);
  return variant && `PyTorch's ${module} has no ${variant}`;
}

/** A recurrent module: its name, and where our gates are among its blocks of rows. */
interface Kind {
  readonly module: string;
  /** Block of rows in PyTorch for each of our gates. */
  readonly order: readonly number[];
  /** Whether the two biases stay apart; else their sum is our bias. */
  readonly twoBiases: boolean;
  refuses?(config: RecurrentConfigPart): string | undefined;
}

const KINDS: Readonly<Record<string, Kind>> = {
  simpleRNN: { module: 'RNN', order: [0], twoBiases: false },
  // i, f, c, o here; i, f, g, o there
  lstm: {
    module: 'LSTM',
    order: [0, 1, 2, 3],
    twoBiases: false,
    refuses: (config) => refusedVariant('LSTM', config),
  },
  // z, r, h here; r, z, n there
  gru: {
    module: 'GRU',
    order: [1, 0, 2],
    twoBiases: true,
    refuses: (config) => {
      const variant = refusedVariant('GRU', config);
      if (variant !== undefined) return variant;
      const { form, updateGate } = config;
      if (form !== 'resetAfter') return "PyTorch has the form 'resetAfter' alone";
      return updateGate === 'candidate' ? "PyTorch has the form with updateGate 'state' alone" : undefined;
    },
  },
};

/** Where each of PyTorch's blocks is among ours. */
const inverse = (order: readonly number[]): number[] => order.map((_, i) => order.indexOf(i));

function sumOf(a: Tensor, b: Tensor): Tensor {
  return { data: a.data.map((v, i) => v + b.data[i]), shape: a.shape };
}

function biasToLayer(kind: Kind, ih: Tensor, hh: Tensor): Tensor {
  const input = blocksInOrder(ih, kind.order);
  const recurrent = blocksInOrder(hh, kind.order);
  if (!kind.twoBiases) return sumOf(input, recurrent);
  const data = new Float32Array(2 * input.data.length);
  data.set(input.data);
  data.set(recurrent.data, input.data.length);
  return { data, shape: [2, input.data.length] };
}

function biasFromLayer(kind: Kind, bias: Tensor): { ih: Tensor; hh: Tensor } {
  const back = inverse(kind.order);
  const N = bias.shape[bias.shape.length - 1];
  const half = (from: number): Tensor =>
    blocksInOrder({ data: bias.data.slice(from, from + N), shape: [N] }, back);
  if (kind.twoBiases) return { ih: half(0), hh: half(N) };
  return { ih: half(0), hh: { data: new Float32Array(N), shape: [N] } };
}

/** One direction; `suffix` is `_l0` or `_l0_reverse`, `prefix` what our names begin with. */
function direction(
  kind: Kind,
  weights: Readonly<Record<string, Shape>>,
  prefix: string,
  suffix: string,
): Mapping {
  const [I, N] = weights[`${prefix}kernel`];
  const [P] = weights[`${prefix}recurrentKernel`];
  const biased = `${prefix}bias` in weights;
  const projection = `${prefix}projectionKernel`;
  const projected = projection in weights;
  const entries: Record<string, Shape> = {
    [`weight_ih${suffix}`]: [N, I],
    [`weight_hh${suffix}`]: [N, P],
  };
  if (projected) entries[`weight_hr${suffix}`] = [P, weights[projection][0]];
  if (biased) for (const name of ['bias_ih', 'bias_hh']) entries[`${name}${suffix}`] = [N];
  const back = inverse(kind.order);
  return {
    module: kind.module,
    entries,
    toLayer(given) {
      const own: Record<string, Tensor> = {
        [`${prefix}kernel`]: transposed(blocksInOrder(given[`weight_ih${suffix}`], kind.order)),
        [`${prefix}recurrentKernel`]: transposed(blocksInOrder(given[`weight_hh${suffix}`], kind.order)),
      };
      if (projected) own[projection] = transposed(given[`weight_hr${suffix}`]);
      if (biased) {
        own[`${prefix}bias`] = biasToLayer(kind, given[`bias_ih${suffix}`], given[`bias_hh${suffix}`]);
      }
      return own;
    },
    fromLayer(own) {
      const given: Record<string, Tensor> = {
        [`weight_ih${suffix}`]: blocksInOrder(transposed(own[`${prefix}kernel`]), back),
        [`weight_hh${suffix}`]: blocksInOrder(transposed(own[`${prefix}recurrentKernel`]), back),
      };
      if (projected) given[`weight_hr${suffix}`] = transposed(own[projection]);
      if (biased) {
        const { ih, hh } = biasFromLayer(kind, own[`${prefix}bias`]);
        given[`bias_ih${suffix}`] = ih;
        given[`bias_hh${suffix}`] = hh;
      }
      return given;
    },
  };
}

function both(module: string, parts: readonly Mapping[]): Mapping {
  const over = (tensors: (part: Mapping) => Record<string, Tensor>): Record<string, Tensor> =>
    Object.assign({}, ...parts.map(tensors));
  return {
    module,
    entries: Object.assign({}, ...parts.map(({ entries }) => entries)),
    toLayer: (given: Tensors) => over((part) => part.toLayer(given)),
    fromLayer: (own: Tensors) => over((part) => part.fromLayer(own)),
  };
}

function recurrent(type: string): MappingOf {
  const kind = KINDS[type];
  return (config: RecurrentConfigPart, weights, level) => {
    const refuses = kind.refuses?.(config);
    if (refuses !== undefined) return { refuses };
    return direction(kind, weights, '', `_l${level}`);
  };
}

interface BidirectionalConfigPart {
  readonly forward: { readonly type: string; readonly config: RecurrentConfigPart };
  readonly backward: { readonly type: string };
}

const bidirectional: MappingOf = ({ forward, backward }: BidirectionalConfigPart, weights, level) => {
  const kind = KINDS[forward.type];
  if (kind === undefined || forward.type !== backward.type) {
    return { refuses: `PyTorch has no bidirectional module of ${forward.type} and ${backward.type}` };
  }
  const refuses = kind.refuses?.(forward.config);
  if (refuses !== undefined) return { refuses };
  return both(kind.module, [
    direction(kind, weights, 'forward.', `_l${level}`),
    direction(kind, weights, 'backward.', `_l${level}_reverse`),
  ]);
};

/** Recurrent layers by type. */
export const RECURRENT_MAPPINGS: Readonly<Record<string, MappingOf>> = {
  ...Object.fromEntries(Object.keys(KINDS).map((type) => [type, recurrent(type)])),
  bidirectional,
};
