import { multiHeadAttention } from '../../../layers/attention/index.js';
import type { Layer } from '../../../layers/layer.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { Tensor } from '../../../tensor.js';
import type { Builder } from '../node.js';
import { look, ofFunction } from './look.js';

/** Some columns of a product x·W + b, times a number. */
interface Columns {
  readonly x: SymbolicTensor;
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  readonly from: number;
  readonly size: number;
  readonly scale: number;
}

/** Layers between a product and what is taken of it, at most. */
const MOST_MOVES = 6;

const widthOf = ({ shape }: SymbolicTensor): number => shape[shape.length - 1] as number;

/** The columns of a product that a sequence is; null for what is none. */
function columnsOf(list: Builder, value: SymbolicTensor): Columns | null {
  const size = widthOf(value);
  let [at, from, scale] = [value, 0, 1];
  for (let moves = 0; moves < MOST_MOVES; moves++) {
    const made = look(at);
    const factor = ofFunction(at, 'affine');
    if (made === null || at.shape.length !== 2) return null;
    if (factor !== null && (factor.beta ?? 0) === 0) scale *= factor.alpha ?? 1;
    else if (made.type === 'slice') {
      const { start, axis } = made.config as { start: number; axis: number };
      if (axis !== -1 && axis !== 2) return null;
      from += start;
    } else if (made.type === 'dense' && made.config.activation === 'linear') {
      const { kernel, bias = null } = list.of(made.layer) as { kernel?: Tensor; bias?: Tensor };
      return kernel === undefined ? null : { x: made.inputs[0], kernel, bias, from, size, scale };
    } else return null;
    [at] = made.inputs;
  }
  return null;
}

interface Settings {
  readonly useCausalMask: boolean;
  readonly useAttentionMask: boolean;
  readonly dropout: number;
}

interface Head {
  readonly query: Columns;
  readonly key: Columns;
  readonly value: Columns;
  readonly mask: SymbolicTensor | undefined;
  readonly settings: Settings;
}

function headOf(list: Builder, value: SymbolicTensor): Head | null {
  const made = look(value);
  if (made?.type !== 'attention' || made.inputs.length < 3) return null;
  const [q, v, k, mask] = made.inputs;
  const { scoreMode, useScale } = made.config;
  const [query, key, own] = [q, k, v].map((part) => columnsOf(list, part));
  if (query === null || key === null || own === null || scoreMode !== 'dot' || useScale === true) return null;
  return { query, key, value: own, mask, settings: made.config as unknown as Settings };
}

/** Heads of equal sizes and inputs, none of which shares its columns with another. */
function alike(heads: readonly Head[]): boolean {
  const [first] = heads;
  return (['query', 'key', 'value'] as const).every((part) => {
    const places = new Set(heads.map((head) => `${head[part].from}`));
    const kernels = new Set(heads.map((head) => head[part].kernel));
    return (
      (places.size === heads.length || kernels.size === heads.length) &&
      heads.every((head) => {
        const [a, b] = [head[part], first[part]];
        return (
          a.x === b.x &&
          a.size === b.size &&
          head.mask === first.mask &&
          JSON.stringify(head.settings) === JSON.stringify(first.settings)
        );
      })
    );
  });
}

/** Kernels [I, N, D] and biases [N, D] of all heads. */
function gathered(heads: readonly Columns[], factor: number): { kernel: Tensor; bias: Tensor } {
  const [
    {
      kernel: {
        shape: [I],
      },
      size: D,
    },
  ] = heads;
  const N = heads.length;
  const kernel = new Float32Array(I * N * D);
  const bias = new Float32Array(N * D);
  heads.forEach((head, n) => {
    const by = head.scale * factor;
    const columns = head.kernel.shape[1];
    const { data } = head.kernel;
    for (let i = 0; i < I; i++) {
      for (let d = 0; d < D; d++) kernel[(i * N + n) * D + d] = by * data[i * columns + head.from + d];
    }
    for (let d = 0; d < D; d++) bias[n * D + d] = by * (head.bias?.data[head.from + d] ?? 0);
  });
  return { kernel: { data: kernel, shape: [I, N, D] }, bias: { data: bias, shape: [N, D] } };
}

/** A product of the joined heads of attention of products: `multiHeadAttention`. */
export function asMultiHead(list: Builder, value: SymbolicTensor): SymbolicTensor | null {
  const out = look(value);
  if (out?.type !== 'dense' || out.config.activation !== 'linear') return null;
  const [joined] = out.inputs;
  const parts = look(joined);
  const isJoin = parts?.type === 'concatenate' && [-1, 2].includes(parts.config.axis as number);
  const heads = (isJoin ? parts.inputs : [joined]).map((part) => headOf(list, part));
  const { kernel, bias } = list.of(out.layer) as { kernel?: Tensor; bias?: Tensor };
  if (heads.includes(null) || kernel === undefined || !alike(heads as Head[])) return null;
  const all = heads as Head[];
  const [{ query, key, value: own, mask, settings }] = all;
  const [N, D, E, O] = [all.length, query.size, own.size, kernel.shape[1]];
  if (kernel.shape[0] !== N * E || key.size !== D) return null;
  const q = gathered(
    all.map((head) => head.query),
    Math.sqrt(D),
  );
  const k = gathered(
    all.map((head) => head.key),
    1,
  );
  const v = gathered(
    all.map((head) => head.value),
    1,
  );
  const given = [bias, query.bias, key.bias, own.bias];
  const useBias = given.some((one) => one !== null && one !== undefined);
  const { data } = kernel;
  const weights: Record<string, Tensor> = {
    queryKernel: q.kernel,
    keyKernel: k.kernel,
    valueKernel: v.kernel,
    outputKernel: { data: Float32Array.from(data), shape: [N, E, O] },
    ...(useBias && {
      queryBias: q.bias,
      keyBias: k.bias,
      valueBias: v.bias,
      outputBias: bias ?? { data: new Float32Array(O), shape: [O] },
    }),
  };
  const { useCausalMask, useAttentionMask, dropout } = settings;
  const options = {
    ...{ numHeads: N, keyDim: D, valueDim: E, useBias, useCausalMask, useAttentionMask, dropout },
    outputShape: O === widthOf(query.x) ? null : O,
    kernelInitializer: 'zeros',
  } as const;
  const make = (name: string): Layer => multiHeadAttention({ ...options, name });
  const single = query.x === own.x && own.x === key.x;
  const inputs = single ? [query.x] : [query.x, own.x, key.x];
  return list
    .layer('multiHeadAttention', null, make, weights)
    .apply([...inputs, ...(mask === undefined ? [] : [mask])]);
}
