import { maskOf } from './masks.js';
import type { Value, Weights } from './network.js';

interface Config {
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly useCausalMask: boolean;
}

/** Rows of x [B, T, I] times kernel [I, W], and the bias. */
function project({ data, shape: [B, T, I] }: Value, w: Float64Array, b?: Float64Array): number[][][] {
  const W = w.length / I;
  return Array.from({ length: B }, (_, s) =>
    Array.from({ length: T }, (_, t) =>
      Array.from({ length: W }, (_, n) => {
        let sum = b?.[n] ?? 0;
        for (let i = 0; i < I; i++) sum += data[(s * T + t) * I + i] * w[i * W + n];
        return sum;
      }),
    ),
  );
}

/** Weights of the keys that are seen: e^s over its sum, all 0 where none is. */
function softmaxOver(scores: readonly number[], seen: readonly boolean[]): number[] {
  const most = Math.max(...scores.filter((_, j) => seen[j]));
  const e = scores.map((s, j) => (seen[j] ? Math.exp(s - most) : 0));
  const sum = e.reduce((total, v) => total + v, 0);
  return e.map((v) => (sum > 0 ? v / sum : 0));
}

/** The scores of every pair at once, head by head. */
function multiHeadAttention(config: Config, inputs: readonly Value[], w: Weights): Value[] {
  const { numHeads: N, keyDim: D, valueDim: E, useCausalMask } = config;
  const query = inputs[0];
  const value = inputs[1] ?? query;
  const key = inputs[2] ?? value;
  const [q, k, v] = [
    project(query, w.queryKernel, w.queryBias),
    project(key, w.keyKernel, w.keyBias),
    project(value, w.valueKernel, w.valueBias),
  ];
  const [B, T, O] = query.shape;
  const S = key.shape[1];
  const [validKey, validValue] = [maskOf(key), maskOf(value)];
  const heads = new Float64Array(B * T * N * E);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const steps = Array.from({ length: S }, (_, j) => j);
      const seen = steps.map(
        (j) => validKey[b * S + j] !== 0 && validValue[b * S + j] !== 0 && !(useCausalMask && j > t),
      );
      for (let n = 0; n < N; n++) {
        const scores = steps.map((j) => {
          let sum = 0;
          for (let d = 0; d < D; d++) sum += q[b][t][n * D + d] * k[b][j][n * D + d];
          return sum / Math.sqrt(D);
        });
        softmaxOver(scores, seen).forEach((p, j) => {
          for (let e = 0; e < E; e++) heads[((b * T + t) * N + n) * E + e] += p * v[b][j][n * E + e];
        });
      }
    }
  }
  const y = project({ data: heads, shape: [B, T, N * E] }, w.outputKernel, w.outputBias);
  return [{ data: Float64Array.from(y.flat(2)), shape: [B, T, O], mask: query.mask }];
}

/** The same for one head with the identity for weights, undivided; only the value's mask hides steps. */
function attention(config: { useCausalMask: boolean }, inputs: readonly Value[]): Value[] {
  const [query, value, key = value] = inputs;
  const [D, E] = [query.shape[2], value.shape[2]];
  const identity = (n: number, factor = 1): Float64Array =>
    Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? factor : 0));
  const weights = {
    queryKernel: identity(D, Math.sqrt(D)),
    keyKernel: identity(D),
    valueKernel: identity(E),
    outputKernel: identity(E),
  };
  const [y] = multiHeadAttention(
    { ...config, numHeads: 1, keyDim: D, valueDim: E },
    [query, value, { ...key, mask: value.mask }],
    weights,
  );
  return [{ ...y, shape: [query.shape[0], query.shape[1], E] }];
}

/** Attention, in f64. */
export const REFERENCE_ATTENTION = { attention, multiHeadAttention };
