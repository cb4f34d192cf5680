import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import {
  blocksInOrder,
  inside,
  type Mapping,
  type MappingOf,
  shapesInside,
  together,
  transposed,
} from './mapping.js';

/** What of a recurrent layer's config decides whether PyTorch has its like. */
interface RecurrentConfigPart {
  readonly form?: string;
  readonly updateGate?: string;
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
      if (form !== 'resetAfter') return `PyTorch has the form 'resetAfter' alone, not '${form}'`;
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

/** One direction of a layer whose entries end in `_l0`, `_l0_reverse`, ... */
function direction(kind: Kind, weights: Readonly<Record<string, Shape>>, suffix: string): Mapping {
  const [I, N] = weights.kernel;
  const [P] = weights.recurrentKernel;
  const { projectionKernel } = weights;
  const biased = 'bias' in weights;
  const entries: Record<string, Shape> = {
    [`weight_ih${suffix}`]: [N, I],
    [`weight_hh${suffix}`]: [N, P],
  };
  if (biased) for (const name of ['bias_ih', 'bias_hh']) entries[`${name}${suffix}`] = [N];
  if (projectionKernel) entries[`weight_hr${suffix}`] = [projectionKernel[1], projectionKernel[0]];
  const back = inverse(kind.order);
  return {
    module: kind.module,
    entries,
    toLayer(given) {
      const own: Record<string, Tensor> = {
        kernel: transposed(blocksInOrder(given[`weight_ih${suffix}`], kind.order)),
        recurrentKernel: transposed(blocksInOrder(given[`weight_hh${suffix}`], kind.order)),
      };
      if (biased) own.bias = biasToLayer(kind, given[`bias_ih${suffix}`], given[`bias_hh${suffix}`]);
      if (projectionKernel) own.projectionKernel = transposed(given[`weight_hr${suffix}`]);
      return own;
    },
    fromLayer(own) {
      const given: Record<string, Tensor> = {
        [`weight_ih${suffix}`]: blocksInOrder(transposed(own.kernel), back),
        [`weight_hh${suffix}`]: blocksInOrder(transposed(own.recurrentKernel), back),
      };
      if (biased) {
        const { ih, hh } = biasFromLayer(kind, own.bias);
        given[`bias_ih${suffix}`] = ih;
        given[`bias_hh${suffix}`] = hh;
      }
      if (projectionKernel) given[`weight_hr${suffix}`] = transposed(own.projectionKernel);
      return given;
    },
  };
}

function recurrent(type: string): MappingOf {
  const kind = KINDS[type];
  return (config: RecurrentConfigPart, weights, level) => {
    const refuses = kind.refuses?.(config);
    if (refuses !== undefined) return { refuses };
    return direction(kind, weights, `_l${level}`);
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
  return together(kind.module, [
    inside('forward.', direction(kind, shapesInside('forward.', weights), `_l${level}`)),
    inside('backward.', direction(kind, shapesInside('backward.', weights), `_l${level}_reverse`)),
  ]);
};

interface StackConfigPart {
  readonly cells: readonly { readonly type: string; readonly name: string; readonly config: never }[];
}

/** A stack of equal layers is one module with several levels. */
const stack: MappingOf = ({ cells }: StackConfigPart, weights, level) => {
  const [{ type }] = cells;
  const of = type in KINDS ? RECURRENT_MAPPINGS[type] : undefined;
  if (of === undefined || cells.some((cell) => cell.type !== type)) {
    return { refuses: `PyTorch has no stack of ${cells.map((cell) => cell.type).join(', ')}` };
  }
  const parts: Mapping[] = [];
  for (const [i, { name, config }] of cells.entries()) {
    const part = of(config, shapesInside(`${name}.`, weights), level + i);
    if ('refuses' in part) return part;
    parts.push(inside(`${name}.`, part));
  }
  return together(parts[0].module, parts, cells.length);
};

/** Recurrent layers by type. */
export const RECURRENT_MAPPINGS: Readonly<Record<string, MappingOf>> = {
  ...Object.fromEntries(Object.keys(KINDS).map((type) => [type, recurrent(type)])),
  bidirectional,
  rnn: stack,
};
