import { maskOf } from './masks.js';
import type { Value, Weights } from './network.js';

interface Config {
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly useCausalMask: boolean;
  readonly slidingWindow?: number | null;
  readonly useAttentionMask?: boolean;
  readonly returnAttentionScores?: boolean;
  readonly rotary?: Angles | false;
}

interface Angles {
  readonly maxWavelength: number;
  readonly scalingFactor: number;
}

/** Angle of element i of pairs in a vector of D at step t. */
const angleOf = ({ maxWavelength, scalingFactor }: Angles, t: number, i: number, D: number): number =>
  t / scalingFactor / maxWavelength ** ((2 * i) / D);

/** Element i of the first half of each D elements turned with element i of the second. */
function turned(row: readonly number[], t: number, D: number, angles: Angles): number[] {
  return row.map((x, j) => {
    const [start, d] = [j - (j % D), j % D];
    const i = d % (D / 2);
    const angle = angleOf(angles, t, i, D);
    const other = row[start + ((d + D / 2) % D)];
    return x * Math.cos(angle) + (d < D / 2 ? -1 : 1) * other * Math.sin(angle);
  });
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
  const { numHeads: N, keyDim: D, valueDim: E, useCausalMask, rotary = false } = config;
  const parts = config.useAttentionMask ? inputs.slice(0, -1) : inputs;
  const allowed = config.useAttentionMask ? inputs[inputs.length - 1] : null;
  const query = parts[0];
  const value = parts[1] ?? query;
  const key = parts[2] ?? value;
  const turn = (rows: number[][][]): number[][][] =>
    rotary === false ? rows : rows.map((sample) => sample.map((row, t) => turned(row, t, D, rotary)));
  const [q, k, v] = [
    turn(project(query, w.queryKernel, w.queryBias)),
    turn(project(key, w.keyKernel, w.keyBias)),
    project(value, w.valueKernel, w.valueBias),
  ];
  const [B, T] = query.shape;
  const O = w.outputKernel.length / (N * E);
  const S = key.shape[1];
  const probabilities = new Float64Array(B * N * T * S);
  const window = config.slidingWindow ?? Number.POSITIVE_INFINITY;
  const [validKey, validValue] = [maskOf(key), maskOf(value)];
  const heads = new Float64Array(B * T * N * E);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const steps = Array.from({ length: S }, (_, j) => j);
      const seen = steps.map(
        (j) =>
          validKey[b * S + j] !== 0 &&
          validValue[b * S + j] !== 0 &&
          !(useCausalMask && j > t) &&
          j > t - window &&
          allowed?.data[(b * T + t) * S + j] !== 0,
      );
      for (let n = 0; n < N; n++) {
        const scores = steps.map((j) => {
          let sum = 0;
          for (let d = 0; d < D; d++) sum += q[b][t][n * D + d] * k[b][j][n * D + d];
          return sum / Math.sqrt(D);
        });
        softmaxOver(scores, seen).forEach((p, j) => {
          probabilities[((b * N + n) * T + t) * S + j] = p;
          for (let e = 0; e < E; e++) heads[((b * T + t) * N + n) * E + e] += p * v[b][j][n * E + e];
        });
      }
    }
  }
  const y = project({ data: heads, shape: [B, T, N * E] }, w.outputKernel, w.outputBias);
  const output = { data: Float64Array.from(y.flat(2)), shape: [B, T, O], mask: query.mask };
  return config.returnAttentionScores ? [output, { data: probabilities, shape: [B, N, T, S] }] : [output];
}

/** Every D elements of the last axis turned by the angles of their step. */
function rotaryEmbedding(angles: Angles, [{ data, shape, mask }]: readonly Value[]): Value[] {
  const [B, T, ...rest] = shape;
  const D = rest[rest.length - 1];
  const width = data.length / (B * T);
  const rows = Array.from({ length: B * T }, (_, r) =>
    turned([...data.subarray(r * width, (r + 1) * width)], r % T, D, angles),
  );
  return [{ data: Float64Array.from(rows.flat()), shape, mask }];
}

/** Sine and cosine of the angles of a step in turn, whatever the input holds. */
function sinePositionEncoding({ maxWavelength }: Angles, [{ data, shape, mask }]: readonly Value[]): Value[] {
  const [, T, D] = shape;
  const encoded = data.map((_, at) => {
    const [t, j] = [Math.floor(at / D) % T, at % D];
    const angle = t / maxWavelength ** ((2 * Math.floor(j / 2)) / D);
    return j % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return [{ data: encoded, shape, mask }];
}

/** Row t of the table, whatever the input holds. */
function positionEmbedding(_config: object, [{ data, shape, mask }]: readonly Value[], w: Weights): Value[] {
  const [, T, D] = shape;
  return [{ data: data.map((_, at) => w.embeddings[at % (T * D)]), shape, mask }];
}

interface Compared {
  readonly useCausalMask: boolean;
  readonly useAttentionMask?: boolean;
}

/** One head without products, by any score; only the value's mask hides steps. */
function byScores(
  config: Compared,
  inputs: readonly Value[],
  score: (query: Float64Array, key: Float64Array) => number,
): Value[] {
  const parts = config.useAttentionMask ? inputs.slice(0, -1) : inputs;
  const allowed = config.useAttentionMask ? inputs[inputs.length - 1] : null;
  const [query, value, key = value] = parts;
  const [[B, T, D], [, S, E]] = [query.shape, value.shape];
  const K = key.shape[2];
  const valid = maskOf(value);
  const y = new Float64Array(B * T * E);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const row = b * T + t;
      const steps = Array.from({ length: S }, (_, j) => j);
      const seen = steps.map(
        (j) => valid[b * S + j] !== 0 && !(config.useCausalMask && j > t) && allowed?.data[row * S + j] !== 0,
      );
      const own = query.data.subarray(row * D, (row + 1) * D);
      const scores = steps.map((j) => score(own, key.data.subarray((b * S + j) * K, (b * S + j + 1) * K)));
      softmaxOver(scores, seen).forEach((p, j) => {
        for (let e = 0; e < E; e++) y[row * E + e] += p * value.data[(b * S + j) * E + e];
      });
    }
  }
  return [{ data: y, shape: [B, T, E], mask: query.mask }];
}

const sumOver = (n: number, term: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += term(i);
  return sum;
};

interface Scored extends Compared {
  readonly scoreMode: 'dot' | 'general' | 'concat';
}

function attention(config: Scored, inputs: readonly Value[], w: Weights): Value[] {
  const scale = w.scale?.[0] ?? 1;
  return byScores(config, inputs, (q, k) => {
    const D = q.length;
    if (config.scoreMode === 'concat') {
      return w.concatScoreWeight[0] * sumOver(D, (d) => Math.tanh(scale * (q[d] + k[d])));
    }
    if (config.scoreMode === 'dot') return scale * sumOver(D, (d) => q[d] * k[d]);
    return scale * sumOver(D, (d) => sumOver(k.length, (i) => q[d] * w.kernel[d * k.length + i] * k[i]));
  });
}

function additiveAttention(config: Compared, inputs: readonly Value[], w: Weights): Value[] {
  return byScores(config, inputs, (q, k) =>
    sumOver(q.length, (d) => (w.scale?.[d] ?? 1) * Math.tanh(q[d] + k[d])),
  );
}

/** Attention, in f64. */
export const REFERENCE_ATTENTION = {
  attention,
  additiveAttention,
  multiHeadAttention,
  rotaryEmbedding,
  sinePositionEncoding,
  positionEmbedding,
};
