import { at, type Ref, type Region } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { attentionBackwardScratch, attentionScratch, gemmTnScratch } from '../../wasm/scratch.js';
import type { BackwardBinding, Binding } from '../layer.js';
import {
  type Compared,
  giveGradients,
  recordAdditive,
  recordAdditiveGradient,
  type SightSizes,
  sightMasks,
  sightSizes,
} from './additive-passes.js';
import type { AttentionConfig } from './score-mode.js';

// Scores of every mode are those of 'dot', or sums of tanh, for a query (and a key) that went through something before.

/** Code of a product in the kernels of two operands. */
const MUL = 2;

/** Numbers of those kernels for n elements times one. */
const byOne = (n: number) => [1, 1, 1, n, 0, 0, 0, 1, 0, 0, 0, 0, MUL] as const;

/** x times the trained scale, where there is one. */
function scaled({ useScale }: AttentionConfig, k: Binding, name: string, x: Ref, n: number): Ref {
  if (!useScale) return x;
  const y = at(k.buffer(`${name}Scaled`, n));
  k.emit(kernels.broadcast_forward, y, x, k.parameter('scale'), ...byOne(n));
  return y;
}

/** The gradient of x from that of its product; adds to that of the scale. In place. */
function scaledGradient(
  { useScale }: AttentionConfig,
  k: BackwardBinding,
  x: Ref,
  dy: Region,
  n: number,
): void {
  if (!useScale) return;
  const gradient = k.gradient('scale');
  const scale = k.parameter('scale');
  if (gradient !== null) k.emit(kernels.broadcast_backward, gradient, dy, x, scale, ...byOne(n), 1);
  k.emit(kernels.broadcast_forward, dy, dy, scale, ...byOne(n));
}

/** Features of the keys. */
const keySize = (k: Binding, { from }: SightSizes): number => k.inputShapes[from.key][1];

/** The query times the matrix of 'general'. */
function mapped(config: AttentionConfig, k: Binding, sizes: SightSizes): Ref {
  const query = k.input(sizes.from.query);
  if (config.scoreMode !== 'general') return query;
  const { T, D, B } = sizes;
  const O = keySize(k, sizes);
  const kernel = k.parameter('kernel');
  const packed = k.prepared('kernelPacked', Math.ceil(O / 8) * 8 * D, (prepare, place) => {
    prepare(kernels.pack_panels, place, kernel, D, O, 1, O, 1);
  });
  const y = at(k.buffer('mapped', T * B * O));
  k.emit(kernels.gemm, y, query, packed, null, T * B, O, D, 1, D, O, 0);
  return y;
}

/** The gradient of the query from that of its product; adds to that of the matrix. */
function mappedGradient(config: AttentionConfig, k: BackwardBinding, sizes: SightSizes, dy: Region): Region {
  if (config.scoreMode !== 'general') return dy;
  const { T, D, B, from } = sizes;
  const O = keySize(k, sizes);
  const gradient = k.gradient('kernel');
  if (gradient !== null) {
    const scratch = k.buffer('gemmScratch', gemmTnScratch(D, O));
    k.emit(kernels.gemm_tn, gradient, k.input(from.query), dy, scratch, D, O, T * B, D, O, O);
  }
  const kernel = k.parameter('kernel');
  const packed = k.prepared('kernelTransposed', Math.ceil(D / 8) * 8 * O, (prepare, place) => {
    prepare(kernels.pack_panels, place, kernel, O, D, 1, 1, O);
  });
  const dx = k.buffer('dmapped', T * B * D);
  k.emit(kernels.gemm, dx, dy, packed, null, T * B, D, O, 1, O, D, 0);
  return dx;
}

/** The one trained weight of 'concat' before every element. */
function concatWeights(k: Binding, D: number): Region {
  const one = k.parameter('concatScoreWeight');
  return k.prepared('weights', D, (prepare, place) => prepare(kernels.repeat_copy, place, one, 1, D, 1));
}

/** What 'concat' compares. */
function concatenated(config: AttentionConfig, k: Binding, sizes: SightSizes): Compared {
  const { T, S, D, B, from } = sizes;
  return {
    query: scaled(config, k, 'query', k.input(from.query), T * B * D),
    key: scaled(config, k, 'key', k.input(from.key), S * B * D),
    weights: concatWeights(k, D),
  };
}

/** Numbers that both kernels of products end with: one head, whose scores are not scaled. */
function numbers(config: AttentionConfig, k: Binding, sizes: SightSizes) {
  const { T, S, E, B } = sizes;
  const sight = [config.useCausalMask ? 1 : 0, 0] as const;
  const rate = k.training ? config.dropout : 0;
  return [0, B, T, S, B, 1, keySize(k, sizes), E, ...sight, k.randomStream(0), 1, rate] as const;
}

/** Records attention over sequences, or of one query. */
export function recordAttention(config: AttentionConfig, k: Binding, stepping: boolean): void {
  const sizes = sightSizes(config, k, stepping);
  if (config.scoreMode === 'concat') {
    recordAdditive(config, k, sizes, concatenated(config, k, sizes));
    return;
  }
  const { T, S, E, B, from } = sizes;
  const D = keySize(k, sizes);
  const query = scaled(config, k, 'query', mapped(config, k, sizes), T * B * D);
  const scratch = k.buffer('scratch', attentionScratch(S, D, E));
  const made = [k.output(), k.buffer('logSums', B * T)] as const;
  const parts = [query, k.input(from.key), k.input(from.value)] as const;
  const given = [...parts, ...sightMasks(k, sizes), k.rng, scratch] as const;
  k.emit(kernels.attention_forward, ...made, ...given, ...numbers(config, k, sizes));
}

/** Records its gradients. */
export function recordAttentionGradient(config: AttentionConfig, k: BackwardBinding): void {
  const sizes = sightSizes(config, k, false);
  if (config.scoreMode === 'concat') recordConcatGradient(config, k, sizes);
  else recordDotGradient(config, k, sizes);
}

function recordConcatGradient(config: AttentionConfig, k: BackwardBinding, sizes: SightSizes): void {
  const { T, S, D, B, from } = sizes;
  const { useScale } = config;
  const compared: Compared = {
    query: useScale ? at(k.buffer('queryScaled', T * B * D)) : k.input(from.query),
    key: useScale ? at(k.buffer('keyScaled', S * B * D)) : k.input(from.key),
    weights: concatWeights(k, D),
  };
  const made = recordAdditiveGradient(config, k, sizes, compared);
  const gradient = k.gradient('concatScoreWeight');
  if (gradient !== null) k.emit(kernels.colsum, gradient, made.weights, B * D, 1, 1);
  scaledGradient(config, k, k.input(from.query), made.query, T * B * D);
  scaledGradient(config, k, k.input(from.key), made.key, S * B * D);
  giveGradients(k, sizes, made);
}

function recordDotGradient(config: AttentionConfig, k: BackwardBinding, sizes: SightSizes): void {
  const { T, S, E, B, from } = sizes;
  const D = keySize(k, sizes);
  const general = config.scoreMode === 'general';
  const unscaled = general ? at(k.buffer('mapped', T * B * D)) : k.input(from.query);
  const query = config.useScale ? at(k.buffer('queryScaled', T * B * D)) : unscaled;
  const made = {
    query: k.buffer('dquery', T * B * D),
    key: k.buffer('dkey', S * B * D),
    value: k.buffer('dvalue', S * B * E),
  };
  const kept = [k.outputGradient() as Ref, k.output(), k.buffer('logSums', B * T)] as const;
  const parts = [query, k.input(from.key), k.input(from.value)] as const;
  const scratch = k.buffer('backwardScratch', attentionBackwardScratch(T, S, D, E));
  const given = [...kept, ...parts, ...sightMasks(k, sizes), k.rng, scratch] as const;
  k.emit(
    kernels.attention_backward,
    made.query,
    made.key,
    made.value,
    ...given,
    ...numbers(config, k, sizes),
  );
  scaledGradient(config, k, unscaled, made.query, T * B * D);
  giveGradients(k, sizes, { ...made, query: mappedGradient(config, k, sizes, made.query) });
}
