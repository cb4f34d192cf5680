import { sources } from '../../../layers/attention/inputs.js';
import type { AttentionConfig } from '../../../layers/attention/score-mode.js';
import { attribute } from '../proto/write.js';
import { asFunction, type Exporter, type LayerUse, refuse } from './use.js';

/** −10³⁰ where a step must not be seen: the softmax of it is 0. */
const UNSEEN = -1e30;

/** Scores [..., T, S] of which each row sees its own column and those before it. */
function causal({ writer }: LayerUse, scores: string): string {
  const shape = writer.apply('Shape', [scores], 'shape');
  const range = (axis: number, name: string): string => {
    const count = writer.apply('Gather', [shape, writer.ints(axis)], `${name}Count`);
    return writer.apply('Range', [writer.ints(0), count, writer.ints(1)], name);
  };
  const rows = writer.unsqueeze(range(-2, 'rows'), 1, 'rows');
  const later = writer.apply('Less', [rows, range(-1, 'columns')], 'later');
  return writer.apply('Where', [later, writer.number(UNSEEN), scores], 'seen');
}

/** softmax(scores)·v; 0 for a query that a mask [..., T, S] lets see nothing. */
function look(use: LayerUse, scores: string, v: string, isCausal: boolean, mask: string | null): string {
  const { writer } = use;
  const seen = isCausal ? causal(use, scores) : scores;
  const last = [attribute.int('axis', -1)];
  if (mask === null) {
    return writer.apply('MatMul', [writer.apply('Softmax', [seen], 'shares', last), v], 'attended');
  }
  const hides = writer.apply('Equal', [mask, writer.number(0)], 'hides');
  const shown = writer.apply('Where', [hides, writer.number(UNSEEN), seen], 'shown');
  const shares = writer.apply('Softmax', [shown], 'shares', last);
  const kept = writer.apply('Where', [hides, writer.number(0), shares], 'kept');
  return writer.apply('MatMul', [kept, v], 'attended');
}

/** softmax(q·kᵀ)·v, of k already turned. */
function attend(
  use: LayerUse,
  [q, k, v]: readonly [string, string, string],
  scale: number,
  isCausal: boolean,
  mask: string | null,
): string {
  const { writer } = use;
  const product = writer.apply('MatMul', [q, k], 'scores');
  const scaled = scale === 1 ? product : writer.apply('Mul', [product, writer.number(scale)], 'scaled');
  return look(use, scaled, v, isCausal, mask);
}

/** Options that change what comes out and that the writer does not know must be off. */
function checkKnown(use: LayerUse, known: readonly string[]): void {
  for (const [key, value] of Object.entries(use.config as object)) {
    if (known.includes(key) || value === false || value === null || value === undefined) continue;
    refuse(use, `its option ${key} is not exported`);
  }
}

/** What a query and a key are compared by, written: [batch, T, S]. */
type Scores = (use: LayerUse, query: string, key: string) => string;

const byProduct: Scores = ({ writer }, query, key) =>
  writer.apply('MatMul', [query, writer.transpose(key, [0, 2, 1], 'key')], 'scores');

/** Σ_d w_d tanh(scale · (query_d + key_d)), of weights [D, 1]. */
const bySum =
  (weights: string, scale: string | null): Scores =>
  ({ writer }, query, key) => {
    const pairs = [writer.unsqueeze(query, 2, 'query'), writer.unsqueeze(key, 1, 'key')];
    const sum = writer.apply('Add', pairs, 'sum');
    const scaled = scale === null ? sum : writer.apply('Mul', [sum, scale], 'scaledSum');
    return writer.squeeze(
      writer.apply('MatMul', [writer.apply('Tanh', [scaled], 'tanh'), weights], 'compared'),
      3,
      'scores',
    );
  };

/** Attention whose scores are as given. */
const sight = (
  use: LayerUse,
  scores: Scores,
  { useCausalMask, useAttentionMask }: Pick<AttentionConfig, 'useCausalMask' | 'useAttentionMask'>,
): readonly string[] => {
  const from = sources(use.inputs.length, useAttentionMask);
  const mask = from.mask === null ? null : use.inputs[from.mask];
  const [query, key, value] = [from.query, from.key, from.value].map((i) => use.inputs[i]);
  return [look(use, scores(use, query, key), value, useCausalMask, mask)];
};

const widthOf = ({ inputShapes }: LayerUse): number => inputShapes[0][inputShapes[0].length - 1] as number;

const dot: Exporter = (use) => {
  checkKnown(use, ['dropout', 'useCausalMask', 'useAttentionMask', 'scoreMode', 'kernel', 'useScale']);
  const config = use.config as AttentionConfig;
  const { useScale, scoreMode } = config;
  return asFunction((body) => {
    const { writer } = body;
    const scale = useScale ? body.weight('scale') : null;
    if (scoreMode === 'concat') {
      const ones = new Float32Array(widthOf(body)).fill(1);
      const column = writer.floats('ones', { data: ones, shape: [ones.length, 1] });
      const weights = writer.apply('Mul', [column, body.weight('concatScoreWeight')], 'weights');
      return sight(body, bySum(weights, scale), config);
    }
    const scores: Scores = (own, query, key) => {
      const turned =
        scoreMode === 'general' ? writer.apply('MatMul', [query, own.weight('kernel')], 'general') : query;
      const product = byProduct(own, turned, key);
      return scale === null ? product : writer.apply('Mul', [product, scale], 'scaled');
    };
    return sight(body, scores, config);
  })(use);
};

const additive: Exporter = (use) => {
  checkKnown(use, ['dropout', 'useCausalMask', 'useAttentionMask', 'useScale', 'scale']);
  const config = use.config as { useCausalMask: boolean; useAttentionMask: boolean; useScale: boolean };
  const { useScale } = config;
  return asFunction((body) => {
    const D = widthOf(body);
    const weights = useScale
      ? body.writer.reshape(body.weight('scale'), [D, 1], 'scale')
      : body.writer.floats('ones', { data: new Float32Array(D).fill(1), shape: [D, 1] });
    return sight(body, bySum(weights, null), config);
  })(use);
};

interface MultiHeadConfig {
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;
  readonly useAttentionMask: boolean;
}

const multiHead: Exporter = (use) => {
  checkKnown(use, [
    'numHeads',
    'keyDim',
    'valueDim',
    'dropout',
    'useBias',
    'useCausalMask',
    'useAttentionMask',
    'outputShape',
    'kernel',
    'bias',
  ]);
  const config = use.config as MultiHeadConfig;
  const { numHeads: N, keyDim: D, valueDim: E, useBias, useCausalMask } = config;
  if (use.outputShapes.length > 1) refuse(use, 'scores that are given out are not exported');
  return asFunction((body) => {
    const { writer, inputs } = body;
    const from = sources(inputs.length, config.useAttentionMask);
    const mask = from.mask === null ? null : writer.unsqueeze(inputs[from.mask], 1, 'mask');
    const product = (x: string, part: string, rows: number, columns: number): string => {
      const matrix = writer.reshape(body.weight(`${part}Kernel`), [rows, columns], `${part}Kernel`);
      const y = writer.apply('MatMul', [x, matrix], `${part}Product`);
      if (!useBias) return y;
      const bias = writer.reshape(body.weight(`${part}Bias`), [columns], `${part}Bias`);
      return writer.apply('Add', [y, bias], `${part}Sum`);
    };
    const heads = (part: 'query' | 'key' | 'value', size: number, perm: readonly number[]): string => {
      const I = body.inputShapes[from[part]][1] as number;
      const y = product(inputs[from[part]], part, I, N * size);
      return writer.transpose(writer.reshape(y, [0, 0, N, size], part), perm, part);
    };
    const q = heads('query', D, [0, 2, 1, 3]);
    const k = heads('key', D, [0, 2, 3, 1]);
    const v = heads('value', E, [0, 2, 1, 3]);
    const y = attend(body, [q, k, v], Math.fround(1 / Math.sqrt(D)), useCausalMask, mask);
    const joined = writer.reshape(writer.transpose(y, [0, 2, 1, 3], 'y'), [0, 0, N * E], 'heads');
    return [product(joined, 'output', N * E, body.outputShapes[0][1] as number)];
  })(use);
};

/** Attention. */
export const ATTENTION_EXPORTERS: Readonly<Record<string, Exporter>> = {
  attention: dot,
  additiveAttention: additive,
  multiHeadAttention: multiHead,
};
